import { NEW_SEARCH } from "../list/search.ts";
import { writePlace } from "../page/address.ts";
import { useValue } from "../page/observable.ts";
import { PlaceHeading } from "../page/place-heading.tsx";
import type { Asks } from "../reader/commands.ts";
import { PaperChoices } from "../reader/paper-choices.tsx";
import type { Comparison } from "./comparison.ts";

/** The line above two ECGs: how both are looked at. */
export function CompareBar({ comparison, asks }: { comparison: Comparison; asks: Asks }) {
  const [upper, lower] = comparison.readings;
  const isTogether = useValue(comparison.isTogether);
  const back = { name: "list", search: { ...NEW_SEARCH, subject: upper.ecg.subject ?? "" } } as const;
  return (
    <header class="bar">
      <a class="button" href={writePlace(back)} title="Back to the list" aria-label="Back to the list">
        ←
      </a>
      <PlaceHeading title="Two ECGs compared">{upper.ecg.subject ?? "ECGs"}: two compared</PlaceHeading>
      <div class="tools">
        <label>
          <input type="checkbox" checked={isTogether} onChange={() => comparison.tie(!isTogether)} />
          Move together
        </label>
        <PaperChoices reading={upper} beside={lower} onFilters={asks.filters} />
        <button type="button" title="Keys (?)" aria-label="Keys" onClick={asks.keys}>
          ?
        </button>
      </div>
    </header>
  );
}
