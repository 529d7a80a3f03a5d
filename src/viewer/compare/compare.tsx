import { useState } from "hono/jsx/dom";
import { type EcgSummary, readSummary } from "../api.ts";
import { commandsOfMeasuring } from "../measure/measure-keys.ts";
import { Printed } from "../out/printed.tsx";
import { NEW_VIEW, type Pair, writePlace } from "../page/address.ts";
import { EcgMoment } from "../page/moment.tsx";
import { place } from "../page/navigation.ts";
import { useValue } from "../page/observable.ts";
import { Unopened, useOpened } from "../page/use-opened.tsx";
import { type Asks, type Command, commandsOf } from "../reader/commands.ts";
import { PaperDialogs } from "../reader/paper-dialogs.tsx";
import { PaperView } from "../reader/paper-view.tsx";
import { useKeys } from "../reader/use-keys.ts";
import { Beside } from "./beside.tsx";
import { CompareBar } from "./compare-bar.tsx";
import { Comparison, SIDES, type Side } from "./comparison.ts";

const NAMES = ["Upper ECG", "Lower ECG"] as const;

/** The place where two ECGs are compared. */
export function Compare({ pair }: { pair: Pair }) {
  const { opened, ...opening } = useOpened(async (signal) => {
    const [upper, lower] = await Promise.all(pair.ids.map((id) => readSummary(id, signal)));
    // A link may have led to another view of them meanwhile.
    const { value: at } = place;
    return new Comparison([upper, lower], at.name === "compare" ? at.pair : pair);
  }, []);
  if (opened) return <Opened comparison={opened} />;
  return (
    <Unopened {...opening} what="One of these ECGs">
      <a href="#/">Back to the list</a>
    </Unopened>
  );
}

function Opened({ comparison }: { comparison: Comparison }) {
  const [asked, ask] = useState<keyof Asks | undefined>(undefined);
  // A dialog that was closed is told of it late: another one may be open by then.
  const close = () => ask((now) => (now === asked ? undefined : now));
  const active = useValue(comparison.active);
  const reading = comparison.readings[active];
  const asks: Asks = {
    goToTime: () => ask("goToTime"),
    filters: () => ask("filters"),
    keys: () => ask("keys"),
  };
  const more: Command[] = [
    { keys: ["t"], says: "Together, or each alone", run: () => comparison.tie(!comparison.isTogether.value) },
    { keys: ["o"], says: "The other ECG", run: () => comparison.active.set(active === 0 ? 1 : 0) },
  ];
  const commands = [...commandsOfMeasuring(comparison.measurings[active]), ...commandsOf(reading, asks, more)];
  useKeys(commands);
  const [upper, lower] = comparison.readings;
  return (
    <div class="reader">
      <CompareBar comparison={comparison} asks={asks} />
      {upper.ecg.subject !== lower.ecg.subject && (
        <p class="warning" role="note">
          They are of different subjects: {upper.ecg.subject ?? "none"} and {lower.ecg.subject ?? "none"}.
        </p>
      )}
      <div class="desk">
        <main class="halves">
          {SIDES.map((side) => (
            <Half key={side} comparison={comparison} side={side} isActive={side === active} />
          ))}
        </main>
        <Beside ecgs={[upper.ecg, lower.ecg]} />
      </div>
      <PaperDialogs
        asked={asked}
        reading={reading}
        commands={commands}
        whose={`: ${NAMES[active].toLowerCase()}`}
        onClose={close}
      />
    </div>
  );
}

/** One of the two: when it was recorded, and its paper. */
function Half({ comparison, side, isActive }: { comparison: Comparison; side: Side; isActive: boolean }) {
  const reading = comparison.readings[side];
  const touch = () => comparison.active.set(side);
  return (
    <section
      class="half"
      aria-label={NAMES[side]}
      data-active={isActive ? "true" : "false"}
      onPointerDown={touch}
      onFocusIn={touch}
    >
      <h2>
        <Title ecg={reading.ecg} />
      </h2>
      <Printed reading={reading} />
      <PaperView reading={reading} measuring={comparison.measurings[side]} />
    </section>
  );
}

function Title({ ecg }: { ecg: EcgSummary }) {
  return (
    <>
      <EcgMoment ecg={ecg} /> <a href={writePlace({ name: "ecg", id: ecg.id, view: NEW_VIEW })}>Read it</a>{" "}
      <span class="quiet">{ecg.note ?? ""}</span>
    </>
  );
}
