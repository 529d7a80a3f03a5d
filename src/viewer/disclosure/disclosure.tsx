import { useLayoutEffect, useMemo, useRef, useState } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { type Beats, beatsIn } from "../insights/beats.ts";
import { readBeatsOf } from "../insights/read-insights.ts";
import type { LiveState } from "../live/live-ecg.ts";
import { LiveWord } from "../live/live-sign.tsx";
import { isMuchLonger } from "../live/pace.ts";
import { useFollowed } from "../live/use-followed.ts";
import { headOf } from "../out/picture.ts";
import { NEW_VIEW, PAGE_LINES, type Page } from "../page/address.ts";
import { AgainLater } from "../page/again-later.ts";
import { Choice } from "../page/choice.tsx";
import { EcgTitle } from "../page/moment.tsx";
import { addressOf, goTo } from "../page/navigation.ts";
import { useValue } from "../page/observable.ts";
import { observeLook } from "../page/observe-look.ts";
import { preferences } from "../page/preferences.ts";
import { Unopened } from "../page/use-opened.tsx";
import { count, writeTime } from "../page/words.ts";
import { inkOf } from "../paper/ink.ts";
import { nameLead, rhythmLead } from "../paper/paper-leads.ts";
import { explainError, isAbort } from "../refusal.ts";
import { WayBack } from "../shares/way-back.tsx";
import { rateOf } from "../signal/rate.ts";
import { clampPage, LINE_SECONDS, linesOf, neighboursOf, type Part } from "./lines.ts";
import { PageParts } from "./page-parts.ts";
import { paintLines } from "./paint-lines.ts";

/** So much is seen before the place that was clicked, in seconds. */
const BEFORE_SECONDS = 5;

/** The place where all of an ECG is seen, a line a minute; while it is being recorded, further and further. */
export function Disclosure({ id, page }: { id: string; page: Page }) {
  const { ecg, live, failure = "", retry } = useFollowed(id);
  const { beats, failure: why } = useBeats(ecg);
  if (!ecg) {
    return (
      <Unopened failure={failure} retry={retry}>
        <WayBack />
      </Unopened>
    );
  }
  return <Pages ecg={ecg} live={live} beats={beats} asked={page} failure={why} />;
}

/** The beats of an ECG, found anew when much has come to it, and when it has ended. */
function useBeats(ecg: EcgSummary | undefined) {
  const [beats, setBeats] = useState<Beats | undefined>(undefined);
  const [failure, setFailure] = useState("");
  const measured = useRef<EcgSummary | undefined>(undefined);
  const { current: last } = measured;
  const isDue = !last || last.open !== ecg?.open || isMuchLonger(ecg?.duration ?? 0, last.duration ?? 0);
  if (ecg && isDue) measured.current = ecg;
  const { current } = measured;
  useLayoutEffect(() => {
    if (!current) return;
    const ending = new AbortController();
    const read = async () => {
      setBeats(await again.watch(ending.signal, () => readBeatsOf(current, ending.signal)));
      setFailure("");
    };
    const tryIt = () => void read().catch((error) => isAbort(error) || setFailure(explainError(error)));
    const again = new AgainLater(tryIt);
    tryIt();
    return () => {
      ending.abort();
      again.close();
    };
  }, [current]);
  return { beats, failure };
}

type Asked = { ecg: EcgSummary; live: LiveState; beats: Beats | undefined; asked: Page; failure: string };

function Pages({ ecg, live, beats, asked, failure }: Asked) {
  const [leadName, setLead] = useState(rhythmLead(ecg.leads).name);
  const lead = ecg.leads.find(({ name }) => name === leadName) ?? ecg.leads[0];
  const rate = rateOf(ecg, lead);
  const duration = rate === null ? 0 : lead.n_samples / rate;
  const page = clampPage(asked, duration);
  const { before, after } = neighboursOf(page, duration);
  const show = (next: Page | undefined) => next && goTo({ name: "disclosure", id: ecg.id, page: next });
  // Whoever sees the end goes along when another page begins.
  const seen = useRef({ minute: -1, isEnd: false });
  useLayoutEffect(() => {
    if (live && seen.current?.isEnd && seen.current.minute === page.minute) show(after);
    seen.current = { minute: page.minute, isEnd: !after };
  }, [duration, page.minute, page.lines]);
  const showLines = (lines: number) => {
    const chosen = PAGE_LINES.find((number) => number === lines) ?? page.lines;
    show({ minute: Math.floor(page.minute / chosen) * chosen, lines: chosen });
  };
  return (
    <div class="reader">
      <header class="bar">
        <a
          class="button"
          href={addressAt(ecg, page.minute * LINE_SECONDS)}
          title="Back to the ECG"
          aria-label="Back to the ECG"
        >
          ←
        </a>
        <EcgTitle ecg={ecg} />
        <LiveWord state={live} />
        <div class="tools">
          <Choice
            name="Lead"
            value={lead.name}
            values={ecg.leads.map(({ name }) => ({ value: name, text: nameLead(name) }))}
            onChange={setLead}
          />
          <Choice
            name="Lines of a page"
            value={String(page.lines)}
            values={PAGE_LINES.map((number) => ({ value: String(number), text: `${number} lines` }))}
            onChange={(lines) => showLines(Number(lines))}
          />
          <button type="button" disabled={!before} onClick={() => show(before)}>
            Earlier
          </button>
          <button type="button" disabled={!after} onClick={() => show(after)}>
            Later
          </button>
        </div>
      </header>
      {failure && (
        <p role="alert" class="message">
          {failure}
        </p>
      )}
      {rate === null ? (
        <main class="message">This lead has no sampling rate, and so no minutes.</main>
      ) : lead.n_samples === 0 ? (
        <main class="message">This lead has no samples.</main>
      ) : (
        <Lines ecg={ecg} lead={lead} rate={rate} beats={beats} page={page} duration={duration} />
      )}
    </div>
  );
}

function Lines({
  ecg,
  lead,
  rate,
  beats,
  page,
  duration,
}: {
  ecg: EcgSummary;
  lead: EcgSummary["leads"][number];
  rate: number;
  beats: Beats | undefined;
  page: Page;
  duration: number;
}) {
  const { nightPaper } = useValue(preferences);
  const ink = inkOf(nightPaper);
  const lines = linesOf(page, duration);
  const read = useMemo(() => new PageParts(ecg.id, lead.name, page), [ecg.id, lead.name, page.minute, page.lines]);
  useLayoutEffect(() => () => read.close(), [read]);
  useLayoutEffect(() => void read.readTo(duration), [read, duration]);
  const parts = useValue(read.parts);
  const failure = useValue(read.failure);
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const { current: element } = canvas;
    if (!element) return;
    const isUpright = (lead.gain ?? 1) > 0;
    // A print by night would be black.
    let isPrinting = false;
    const draw = () =>
      paintLines(element, { lines, parts, rate, isUpright, beats, failure, ink: inkOf(nightPaper && !isPrinting) });
    const onPrint = ({ type }: Event) => {
      isPrinting = type === "beforeprint";
      draw();
    };
    addEventListener("beforeprint", onPrint);
    addEventListener("afterprint", onPrint);
    const endLook = observeLook(element, draw);
    return () => {
      removeEventListener("beforeprint", onPrint);
      removeEventListener("afterprint", onPrint);
      endLook();
    };
  }, [parts, beats, failure, nightPaper, duration]);
  const open = (event: MouseEvent) => {
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const line = lines[Math.floor(((event.clientY - top) / height) * lines.length)];
    if (!line) return;
    const time = line.from + ((event.clientX - left) / width) * LINE_SECONDS;
    location.hash = addressAt(ecg, Math.max(0, time - BEFORE_SECONDS));
  };
  return (
    <>
      <p class="printed">
        <strong>{headOf(ecg)}</strong> · {describe(nameLead(lead.name), lines, beats)} · no diagnosis
      </p>
      <main
        class={`disclosure lines-${page.lines}`}
        style={{ background: ink.paper, color: ink.label, "--lines": String(lines.length) }}
      >
        <nav aria-label="Minutes">
          {lines.map(({ from }) => (
            <a key={from} href={addressAt(ecg, from)}>
              {writeTime(from)}
            </a>
          ))}
        </nav>
        <canvas
          ref={canvas}
          role="img"
          aria-label={describe(nameLead(lead.name), lines, beats)}
          style={{ height: `calc(var(--line-height) * ${lines.length})` }}
          onClick={open}
        />
        {failure && (
          <p class="failure" role="alert">
            {failure}{" "}
            <button type="button" onClick={() => void read.readTo(duration)}>
              Try again
            </button>
          </p>
        )}
      </main>
    </>
  );
}

function describe(lead: string, lines: readonly Part[], beats: Beats | undefined): string {
  const [from, to] = [lines[0]?.from ?? 0, lines.at(-1)?.to ?? 0];
  const seen = beats ? beatsIn(beats, from, to) : [];
  const of = (type: string) => seen.filter((beat) => beat.type === type).length;
  const found = beats ? `: ${count(seen.length, "beat")}, ${of("V")} ventricular, ${of("S")} supraventricular` : "";
  return `${lead} from ${writeTime(from)} to ${writeTime(to)}, a line a minute${found}`;
}

function addressAt({ id }: EcgSummary, time: number): string {
  return addressOf({ name: "ecg", id, view: { ...NEW_VIEW, time } });
}
