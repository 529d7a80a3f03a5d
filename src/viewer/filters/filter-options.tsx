import { useValue } from "../page/observable.ts";
import { writeNumber } from "../page/words.ts";
import { pickLeads } from "../paper/paper-leads.ts";
import type { Reading } from "../reader/reading.ts";
import { rateOf } from "../signal/rate.ts";
import { allowsFilter, BASELINE_HZ, type Filters, LOW_PASSES, NO_FILTERS, NOTCHES } from "./filters.ts";

/** Which filters are on. */
export function FilterOptions({ reading }: { reading: Reading }) {
  const view = useValue(reading.view);
  const { filters } = view;
  const rate = Math.max(...pickLeads(reading.ecg, view).map((lead) => rateOf(reading.ecg, lead) ?? 0));
  const set = (changes: Partial<Filters>) => reading.change({ filters: { ...filters, ...changes } });
  const choice = (name: "lowPass" | "notch", value: number | null, text: string) => (
    <label key={text}>
      <input
        type="radio"
        name={name}
        checked={filters[name] === value}
        disabled={value !== null && !allowsFilter(rate, value)}
        onChange={() => set({ [name]: value })}
      />
      {text}
    </label>
  );
  return (
    <div class="options">
      <p class="quiet">
        Of what is seen here, and of its pictures and prints. Nothing that is kept, measured or exported is filtered.
      </p>
      <label>
        <input
          type="checkbox"
          checked={filters.baseline}
          disabled={!allowsFilter(rate, BASELINE_HZ)}
          onChange={() => set({ baseline: !filters.baseline })}
        />
        Without the wander of the baseline: from {writeNumber(BASELINE_HZ)} Hz, with zero phase
      </label>
      <fieldset>
        <legend>Low pass, against noise of muscles</legend>
        {choice("lowPass", null, "none")}
        {LOW_PASSES.map((hz) => choice("lowPass", hz, `${hz} Hz`))}
      </fieldset>
      <fieldset>
        <legend>Notch, against the hum of the mains</legend>
        {choice("notch", null, "none")}
        {NOTCHES.map((hz) => choice("notch", hz, `${hz} Hz`))}
      </fieldset>
      <p class="quiet">
        40 Hz makes QRS complexes lower and smoother; 0.67 Hz may move ST segments.
        {!allowsFilter(rate, LOW_PASSES[0]) &&
          ` ${writeNumber(rate)} Hz, at which this was sampled, does not allow all.`}
      </p>
      <div>
        <button type="button" onClick={() => set(NO_FILTERS)}>
          No filters
        </button>
      </div>
    </div>
  );
}
