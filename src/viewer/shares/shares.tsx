import { type View, writePlace } from "../page/address.ts";
import { ConfirmButton } from "../page/confirm-button.tsx";
import { dayOf, startOfDay } from "../page/days.ts";
import { Moment } from "../page/moment.tsx";
import { More, usePagedList } from "../page/more.tsx";
import { useValue } from "../page/observable.ts";
import { ShownOnce } from "../page/shown-once.tsx";
import { useMade } from "../page/use-made.ts";
import { writeDate } from "../page/words.ts";
import { makeShare, readShares, revokeShare, type Share } from "./share-api.ts";
import { writeShareLink } from "./share-link.ts";

/** Days from now until a share ends, if nobody says otherwise, and at the most. */
const USUAL_DAYS = 30;
const MOST_DAYS = 365;

/** The shares of an ECG: made, copied once, and revoked. A link opens the ECG as `view` has it. */
export function Shares({ id, view }: { id: string; view: View }) {
  const list = usePagedList<Share>(id, (cursor, signal) => readShares(id, cursor, signal));
  const { items, state } = useValue(list.rows);
  const make = (fields: FormData) =>
    makeShare(id, startOfDay(String(fields.get("until")), 1), String(fields.get("note") ?? "").trim());
  const { made, refusal, isBusy, submit, revoke } = useMade(list, make, (share) => revokeShare(id, share));
  return (
    <div class="fields">
      <p class="quiet">Whoever has the link reads this ECG and nothing else, without a log-in, until it ends.</p>
      <form class="in-line" onSubmit={submit}>
        <label>
          For whom
          <input name="note" maxlength={200} autocomplete="off" />
        </label>
        <label>
          Until the end of
          <input
            name="until"
            type="date"
            value={dayOf(Date.now(), USUAL_DAYS)}
            min={dayOf(Date.now())}
            max={dayOf(Date.now(), MOST_DAYS)}
            required
          />
        </label>
        <button type="submit" class="main" disabled={isBusy}>
          Make a link
        </button>
      </form>
      {made && <ShownOnce key={made.id} label="The link, shown this once" text={linkTo(made.key, id, view)} />}
      <p class="refusal" role="alert">
        {refusal}
      </p>
      {state === "end" && items.length === 0 && <p class="quiet">It is shared with nobody.</p>}
      <ul class="rows" aria-label="Shares">
        {items.map((share) => (
          <li key={share.id}>
            <Facts share={share} />
            <ConfirmButton what={share.note ?? share.prefix} onConfirm={() => void revoke(share.id)}>
              Revoke
            </ConfirmButton>
          </li>
        ))}
      </ul>
      <More list={list} />
    </div>
  );
}

function Facts({ share }: { share: Share }) {
  const { note, expires_at: end, last_used_at: used, prefix } = share;
  const hasEnded = Date.parse(end) <= Date.now();
  return (
    <span class="entry">
      <strong title={`${prefix}…`}>{note ?? "For nobody named"}</strong>
      <span class="quiet">
        {hasEnded ? "Ended " : "Until "}
        <Moment at={end} />
        {used === null ? ", never used" : `, last used ${writeDate(used)}`}
      </span>
    </span>
  );
}

/** What is behind its `#` goes to no service, and into no log. */
function linkTo(key: string, id: string, view: View): string {
  return `${location.origin}/${writeShareLink(key, writePlace({ name: "ecg", id, view }))}`;
}
