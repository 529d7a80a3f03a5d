import { DateRange } from "../page/date-range.tsx";
import { goInstead, goTo } from "../page/navigation.ts";
import { FINDING_WORDS } from "./findings.ts";
import {
  type Bound,
  FINDINGS,
  isLimited,
  isMeasured,
  isTypedOn,
  NEW_SEARCH,
  readSearch,
  type Search,
} from "./search.ts";

/** What the list is limited to. */
export function SearchLine({ search }: { search: Search }) {
  const submit = (event: Event) => {
    event.preventDefault();
    const next = readSearch(new FormData(event.currentTarget as HTMLFormElement));
    // Else each letter were a way Back of its own.
    const go = isTypedOn(search, next) ? goInstead : goTo;
    go({ name: "list", search: next });
  };
  const change = (event: Event) => (event.currentTarget as HTMLInputElement).form?.requestSubmit();
  return (
    <search>
      <form class="search" onSubmit={submit}>
        <label>
          <span>Subject</span>
          <input name="subject" type="search" value={search.subject} onChange={change} autocomplete="off" />
        </label>
        <DateRange from={search.from} to={search.to} onChange={change} />
        {isLimited(search) && (
          <button type="button" onClick={() => goTo({ name: "list", search: NEW_SEARCH })}>
            Show all
          </button>
        )}
        <details open={isMeasured(search)}>
          <summary>By what was measured</summary>
          <div class="search">
            <fieldset>
              <legend class="hidden">With all of these</legend>
              {FINDINGS.map((name) => (
                <label key={name} class="chip">
                  <input
                    type="checkbox"
                    name="has"
                    value={name}
                    checked={search.has.includes(name)}
                    onChange={change}
                  />
                  <span>{FINDING_WORDS[name]}</span>
                </label>
              ))}
            </fieldset>
            <Bounds what="Heart rate" unit="bpm" least="heart_rate_min" most="heart_rate_max" search={search} />
            <Bounds what="QTc" unit="ms" least="qtc_min" most="qtc_max" search={search} />
          </div>
        </details>
      </form>
    </search>
  );
}

type BoundsProps = { what: string; unit: string; least: Bound; most: Bound; search: Search };

/** Two fields for the least and the most of a measured value. */
function Bounds({ what, unit, least, most, search }: BoundsProps) {
  const change = (event: Event) => (event.currentTarget as HTMLInputElement).form?.requestSubmit();
  const field = (name: Bound, label: string) => (
    <input
      name={name}
      type="number"
      min={0}
      max={9999}
      step="any"
      aria-label={`${what}, ${label}`}
      value={search[name]}
      onChange={change}
    />
  );
  return (
    <span class="bounds">
      <span>{what}</span>
      {field(least, `at least, in ${unit}`)}
      <span>to</span>
      {field(most, `at most, in ${unit}`)}
      <span class="quiet">{unit}</span>
    </span>
  );
}
