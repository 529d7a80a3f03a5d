import { useState } from "hono/jsx/dom";
import { Waiting } from "../insights/waiting.tsx";
import { valueIn } from "../page/loaded.ts";
import { useValue } from "../page/observable.ts";
import { StepButtons } from "../page/step-buttons.tsx";
import { count, writeNumber, writeTime } from "../page/words.ts";
import type { Comparison } from "./calls.ts";
import { nameCode } from "./codes.ts";
import type { EcgAnnotations } from "./ecg-annotations.ts";

/** What the API calls the beats that it has found itself. */
const FOUND = "insights";
const TALLIES = [
  { key: "beats", says: "All beats" },
  { key: "ventricular", says: "Ventricular" },
  { key: "supraventricular", says: "Supraventricular" },
] as const;

/** How far two annotators agree, and a list to go from one disagreement to the next. */
export function Comparing({ annotations, goTo }: { annotations: EcgAnnotations; goTo: (time: number) => void }) {
  const loaded = useValue(annotations.comparison);
  const { names } = annotations;
  const [reference, setReference] = useState(names[0]);
  const [test, setTest] = useState(FOUND);
  const others = [FOUND, ...names].filter((name) => name !== reference);
  const other = others.includes(test) ? test : others[0];
  const comparison = valueIn(loaded);
  return (
    <section class="comparing" aria-label="Comparison">
      <h2>Compare</h2>
      <form
        class="line"
        onSubmit={(event: Event) => {
          event.preventDefault();
          void annotations.compare(reference, other);
        }}
      >
        <Choice says="Reference" names={names} value={reference} onChange={setReference} />
        <Choice says="With" names={others} value={other} onChange={setTest} />
        <button type="submit">Compare</button>
      </form>
      <Waiting loaded={loaded} onRetry={() => void annotations.compare(reference, other)} doing="Comparing" />
      {comparison && <Figures comparison={comparison} />}
      {comparison && <Disagreements annotations={annotations} comparison={comparison} goTo={goTo} />}
    </section>
  );
}

function Choice({
  says,
  names,
  value,
  onChange,
}: {
  says: string;
  names: readonly string[];
  value: string;
  onChange: (name: string) => void;
}) {
  return (
    <label>
      {says}
      <select value={value} onChange={(event: Event) => onChange((event.target as HTMLSelectElement).value)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {nameAnnotator(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Figures({ comparison }: { comparison: Comparison }) {
  const share = (value: number | null) => (value === null ? "—" : `${writeNumber(Math.round(value * 1e4) / 100)} %`);
  return (
    <table class="figures">
      <caption>
        {nameAnnotator(comparison.test)} against {nameAnnotator(comparison.reference)}, by EC57
      </caption>
      <thead>
        <tr>
          {["", "Se", "+P", "Missed", "Extra"].map((name) => (
            <th key={name} scope="col">
              {name}
              {name === "" && <span class="hidden">Class</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {TALLIES.map(({ key, says }) => {
          const tally = comparison[key];
          return (
            <tr key={key}>
              <th scope="row">{says}</th>
              <td>{share(tally.sensitivity)}</td>
              <td>{share(tally.positive_predictivity)}</td>
              <td>{writeNumber(tally.false_negatives)}</td>
              <td>{writeNumber(tally.false_positives)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Disagreements({
  annotations,
  comparison,
  goTo,
}: {
  annotations: EcgAnnotations;
  comparison: Comparison;
  goTo: (time: number) => void;
}) {
  const visited = useValue(annotations.visited);
  const { reference, test } = comparison;
  const { count: all, items } = comparison.disagreements;
  const go = (time: number) => {
    annotations.visited.set(time);
    goTo(time);
  };
  if (all === 0) return <p>No disagreement.</p>;
  return (
    <>
      <div class="line">
        <StepButtons
          onStep={(by) => annotations.stepDisagreement(by, goTo)}
          titles={["Disagreement before (U)", "Next disagreement (u)"]}
        />
        <span class="quiet">
          {count(all, "disagreement")}
          {all > items.length && `, the first ${writeNumber(items.length)} listed`}
        </span>
      </div>
      <ul class="events" aria-label="Disagreements">
        {items.map((item, i) => (
          <li key={i}>
            <button type="button" aria-current={visited === item.time ? "true" : "false"} onClick={() => go(item.time)}>
              <span class="time">{writeTime(item.time, 2)}</span>
              <span>
                {describe(reference, item.reference)}
                <span class="quiet"> {describe(test, item.test)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function describe(annotator: string, code: string | null): string {
  return `${nameAnnotator(annotator)}: ${code === null ? "no beat" : `${code}, ${nameCode(code)}`}`;
}

function nameAnnotator(name: string): string {
  return name === FOUND ? "found here" : name;
}
