import { NEW_VIEW, writePlace } from "../page/address.ts";
import { ConfirmButton } from "../page/confirm-button.tsx";
import { dayOf, startOfDay } from "../page/days.ts";
import { More, usePagedList } from "../page/more.tsx";
import { useValue } from "../page/observable.ts";
import { ShownOnce } from "../page/shown-once.tsx";
import { useMade } from "../page/use-made.ts";
import { explainDate, writeDate } from "../page/words.ts";
import { type Key, makeKey, readKeys, revokeKey, type Scope } from "./account-api.ts";

const SCOPE_WORDS: Record<Scope, string> = {
  "ecg:read": "lists and reads ECGs",
  "ecg:write": "sends, changes and deletes ECGs",
};
const SCOPES = Object.keys(SCOPE_WORDS) as Scope[];

/** The keys of one's account, for devices and programs, and the shares of its ECGs: made, shown once, and revoked. */
export function Keys() {
  const list = usePagedList<Key>("keys", readKeys);
  const { items, state } = useValue(list.rows);
  const make = (fields: FormData) => {
    const until = String(fields.get("until") ?? "");
    return makeKey({
      name: String(fields.get("name")).trim(),
      scopes: SCOPES.filter((scope) => fields.getAll("scopes").includes(scope)),
      expires_at: until ? startOfDay(until, 1) : null,
    });
  };
  const { made, refusal, isBusy, submit, revoke } = useMade(list, make, revokeKey);
  return (
    <section class="fields" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys and shares</h2>
      <p class="quiet">
        A key is for a device or a program: it opens your ECGs, and neither your account nor its keys.
      </p>
      <form class="in-line" onSubmit={submit}>
        <label>
          Name
          <input name="name" maxlength={200} required autocomplete="off" />
        </label>
        <fieldset class="scopes">
          <legend>What it does</legend>
          {SCOPES.map((scope) => (
            <label key={scope}>
              <input type="checkbox" name="scopes" value={scope} checked={scope === "ecg:read"} />
              <span>{SCOPE_WORDS[scope]}</span>
            </label>
          ))}
        </fieldset>
        <label>
          Until the end of, if it is to end
          <input name="until" type="date" min={dayOf(Date.now())} />
        </label>
        <button type="submit" class="main" disabled={isBusy}>
          Make a key
        </button>
      </form>
      {made && <ShownOnce key={made.id} label={`The key “${made.name}”, shown this once`} text={made.key} />}
      <p class="refusal" role="alert">
        {refusal}
      </p>
      {state === "end" && items.length === 0 && <p class="quiet">You have no keys and share no ECG.</p>}
      <ul class="rows" aria-label="Keys and shares">
        {items.map((key) => (
          <li key={key.id}>
            <Facts of={key} />
            <ConfirmButton what={key.name || key.prefix} onConfirm={() => void revoke(key.id)}>
              Revoke
            </ConfirmButton>
          </li>
        ))}
      </ul>
      <More list={list} />
    </section>
  );
}

function Facts({ of }: { of: Key }) {
  const { name, prefix, scopes, ecg_id: ecg, expires_at: end, last_used_at: used } = of;
  return (
    <span class="entry">
      <strong title={`${prefix}…`}>{name || "For nobody named"}</strong>
      <span>
        {ecg === null ? (
          scopes.map((scope) => SCOPE_WORDS[scope]).join(", ")
        ) : (
          <a href={writePlace({ name: "ecg", id: ecg, view: NEW_VIEW })}>reads one ECG</a>
        )}
      </span>
      <span class="quiet">
        {end === null ? (
          "Without an end"
        ) : (
          <time dateTime={end} title={explainDate(end)}>
            {Date.parse(end) <= Date.now() ? "Ended" : "Until"} {writeDate(end)}
          </time>
        )}
        {used === null ? ", never used" : `, last used ${writeDate(used)}`}
      </span>
    </span>
  );
}
