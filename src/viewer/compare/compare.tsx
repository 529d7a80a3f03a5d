import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { type EcgSummary, readSummary } from "../api.ts";
import { FilterOptions } from "../filters/filter-options.tsx";

import { commandsOfMeasuring } from "../measure/measure-keys.ts";

import { Printed } from "../out/printed.tsx";

import { NEW_VIEW, type Pair, writePlace } from "../page/address.ts";
import { Dialog } from "../page/dialog.tsx";
import { useValue } from "../page/observable.ts";
import { explainDate, writeDate } from "../page/words.ts";
import { type Asks, type Command, commandsOf, listenToKeys } from "../reader/commands.ts";
import { GoToTime } from "../reader/go-to-time.tsx";
import { Keys } from "../reader/keys.tsx";
import { PaperView } from "../reader/paper-view.tsx";
import { explainError, isAbort } from "../refusal.ts";
import { Beside } from "./beside.tsx";
import { CompareBar } from "./compare-bar.tsx";
import { Comparison, SIDES, type Side } from "./comparison.ts";

const NAMES = ["Upper ECG", "Lower ECG"] as const;

/** The place where two ECGs are compared. */
export function Compare({ pair }: { pair: Pair }) {
  const [comparison, setComparison] = useState<Comparison | undefined>(undefined);
  const [failure, setFailure] = useState("");
  const [tries, setTries] = useState(0);
  useLayoutEffect(() => {
    const ending = new AbortController();
    let opened: Comparison | undefined;
    const open = async () => {
      const [upper, lower] = await Promise.all(pair.ids.map((id) => readSummary(id, ending.signal)));
      if (ending.signal.aborted) return;
      opened = new Comparison([upper, lower], pair);
      setComparison(opened);
    };
    setFailure("");
    open().catch((error) => isAbort(error) || setFailure(explainError(error)));
    return () => {
      ending.abort();
      opened?.close();
    };
  }, [tries]);
  if (failure) {
    return (
      <main class="message">
        <p role="alert">{failure}</p>
        <button type="button" onClick={() => setTries(tries + 1)}>
          Try again
        </button>{" "}
        <a href="#/">Back to the list</a>
      </main>
    );
  }
  return comparison ? <Opened comparison={comparison} /> : <main class="message quiet">Opening …</main>;
}

/** The keys of the reader that are not here: what they open is of one ECG. */
const OF_ONE = ["v", "e", "d"];

function Opened({ comparison }: { comparison: Comparison }) {
  const [asked, ask] = useState<keyof Asks | undefined>(undefined);
  const close = () => ask(undefined);
  const active = useValue(comparison.active);
  const reading = comparison.readings[active];
  const asks: Asks = {
    goToTime: () => ask("goToTime"),
    options: close,
    filters: () => ask("filters"),
    exports: close,
    compare: close,
    keys: () => ask("keys"),
  };
  const more: Command[] = [
    { keys: ["t"], says: "Together, or each alone", run: () => comparison.tie(!comparison.isTogether.value) },
    { keys: ["o"], says: "The other ECG", run: () => comparison.active.set(active === 0 ? 1 : 0) },
  ];
  const commands = [
    ...commandsOfMeasuring(comparison.measurings[active]),
    ...commandsOf(reading, asks, more).filter(({ keys }) => !OF_ONE.includes(keys[0])),
  ];
  const latest = useRef(commands);
  latest.current = commands;
  useLayoutEffect(() => listenToKeys(() => latest.current ?? []), []);
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
      {asked === "goToTime" && (
        <Dialog title={`Go to a time: ${NAMES[active].toLowerCase()}`} onClose={close}>
          <GoToTime reading={reading} onDone={close} />
        </Dialog>
      )}
      {asked === "filters" && (
        <Dialog title="Filters" onClose={close}>
          <FilterOptions reading={reading} />
        </Dialog>
      )}
      {asked === "keys" && (
        <Dialog title="Keys" onClose={close}>
          <Keys commands={commands} />
        </Dialog>
      )}
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
      <time dateTime={ecg.date} title={explainDate(ecg.date)}>
        {writeDate(ecg.date)}
      </time>{" "}
      <span class="quiet">{ecg.note ?? ""}</span>{" "}
      <a href={writePlace({ name: "ecg", id: ecg.id, view: NEW_VIEW })}>Read it</a>
    </>
  );
}
