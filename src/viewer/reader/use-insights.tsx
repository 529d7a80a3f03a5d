import { useLayoutEffect, useMemo, useState } from "hono/jsx/dom";
import type { EcgAnnotations } from "../annotations/kit.ts";
import { hasBeatsAtOnce } from "../insights/beats-at-once.ts";
import type { EcgInsights, Tab } from "../insights/kit.ts";
import type { Measuring } from "../measure/measuring.ts";
import { NEW_PAGE } from "../page/address.ts";
import { goTo } from "../page/navigation.ts";
import { useValue } from "../page/observable.ts";
import { useModule } from "../page/use-module.ts";
import type { Command } from "./commands.ts";
import type { Reading } from "./reading.ts";

const loadKit = () => import("../insights/kit.ts");
const loadAnnotations = () => import("../annotations/kit.ts");

/** What the reader shows of what was measured, and its keys. The paper does not wait for it. */
export function useInsights(reading: Reading, measuring: Measuring) {
  const kit = useModule(loadKit);
  const [insights, setInsights] = useState<EcgInsights | undefined>(undefined);
  const [tab, setTab] = useState<Tab | undefined>(undefined);
  const annotationKit = useModule(loadAnnotations);
  const [annotations, setAnnotations] = useState<EcgAnnotations | undefined>(undefined);
  useLayoutEffect(() => {
    if (!annotationKit) return;
    const opened = new annotationKit.EcgAnnotations(reading, measuring);
    const endHand = reading.takeHand(new annotationKit.AnnotationHands(opened));
    setAnnotations(opened);
    return () => {
      endHand();
      opened.close();
    };
  }, [annotationKit, reading]);
  const goTo = (time: number) => insights?.goTo(time);
  // Capital letters and arrows are those of annotations first, while these are edited.
  const first = annotationKit && annotations ? annotationKit.commandsOfAnnotations(annotations, goTo) : [];
  useLayoutEffect(() => {
    if (!kit) return;
    const opened = new kit.EcgInsights(reading);
    setInsights(opened);
    return () => opened.close();
  }, [kit, reading]);
  const commands = useMemo(() => {
    const toggle = () => setTab(tab ? undefined : "Measures");
    const annotate: Command = {
      keys: ["t"],
      says: "Annotations",
      run: () => setTab(tab === "Annotations" ? undefined : "Annotations"),
    };
    const close: Command = {
      keys: ["Escape"],
      says: "What was measured: closed",
      isOn: () => tab !== undefined,
      run: () => setTab(undefined),
    };
    return [...commandsOf(reading, insights, toggle), annotate, close];
  }, [reading, insights, tab]);
  if (!kit || !insights) {
    return {
      first,
      commands,
      numbers: <NumbersToCome isInVain={kit === null} />,
      strip: kit !== null && <StripToCome reading={reading} />,
    };
  }
  return {
    first,
    commands,
    numbers: (
      <kit.Numbers
        insights={insights}
        isOpen={tab !== undefined}
        onToggle={() => setTab(tab ? undefined : "Measures")}
      />
    ),
    strip: (
      <>
        <kit.RrStrip insights={insights} />
        <kit.Place insights={insights} />
      </>
    ),
    drawer: tab && (
      <kit.Drawer
        insights={insights}
        tab={tab}
        onTab={setTab}
        onClose={() => setTab(undefined)}
        annotations={
          annotationKit && annotations && <annotationKit.AnnotationsPanel annotations={annotations} goTo={goTo} />
        }
      />
    ),
  };
}

/** Keeps the room of the numbers. */
function NumbersToCome({ isInVain }: { isInVain: boolean }) {
  return (
    <button type="button" class="numbers" disabled>
      {isInVain ? "Not measured" : "Measuring …"}
    </button>
  );
}

/** Keeps the room of the intervals under the overview. */
function StripToCome({ reading }: { reading: Reading }) {
  useValue(reading.scene);
  const { ecg, frame } = reading;
  const isToCome = frame && ecg.duration !== null && hasBeatsAtOnce(ecg) && frame.seconds < frame.duration * 0.999;
  return isToCome ? <div class="rr" /> : null;
}

function commandsOf(reading: Reading, insights: EcgInsights | undefined, toggle: () => void): Command[] {
  const all: Command = {
    keys: ["a"],
    says: "All of it, a line a minute",
    run: () => goTo({ name: "disclosure", id: reading.ecg.id, page: NEW_PAGE }),
  };
  // The drawer comes as soon as it can be had.
  const open: Command = { keys: ["i"], says: "What was measured", run: toggle };
  if (!insights) return [open, all];
  return [
    { keys: ["n"], says: "Next event", run: () => void insights.stepEvent(1) },
    { keys: ["p"], says: "Event before", run: () => void insights.stepEvent(-1) },
    { keys: ["N"], says: "Next beat that is not normal", run: () => void insights.stepBeat(1) },
    { keys: ["P"], says: "Beat before that is not normal", run: () => void insights.stepBeat(-1) },
    { keys: ["b"], says: "Types of beats", run: () => insights.mark({ beats: !insights.marks.value.beats }) },
    { keys: ["w"], says: "Onsets and ends of waves", run: () => insights.mark({ waves: !insights.marks.value.waves }) },
    open,
    all,
  ];
}
