import { useLayoutEffect, useState } from "hono/jsx/dom";
import { NEW_VIEW, writePlace } from "../page/address.ts";
import { DateRange } from "../page/date-range.tsx";
import { Moment } from "../page/moment.tsx";
import { More, usePagedList, useRows } from "../page/more.tsx";
import { goTo } from "../page/navigation.ts";
import type { Account } from "../session/account.ts";
import { readKeyNames, readTrail, readUserNames, type TrailEntry } from "./account-api.ts";
import { NEW_TRAIL, readTrailFilter, type TrailFilter } from "./trail-filter.ts";
import { ACTION_WORDS, describeEntry, type Names } from "./trail-words.ts";

/** Who did what: with one's own account and ECGs, or for an admin with all accounts. */
export function Trail({ account, filter }: { account: Account; filter: TrailFilter }) {
  const list = usePagedList<TrailEntry>(JSON.stringify([account.id, filter]), (cursor, signal) =>
    readTrail(account, filter, cursor, signal),
  );
  const { items, state } = useRows(list);
  const isAdmin = account.role === "admin";
  const names = useNames(account, isAdmin ? items.length > 0 : items.some(({ key_id: key }) => key !== null));
  return (
    <main class="list">
      <p class="quiet about">
        {isAdmin
          ? "Who did what with all accounts, newest first. Nobody can change an entry."
          : "Who did what with your account and your ECGs, newest first. Nobody can change an entry."}
      </p>
      <Filter filter={filter} isAdmin={isAdmin} users={names.users} />
      {state === "end" && items.length === 0 && <p class="quiet">No entry is like that.</p>}
      <ul class="rows" aria-label="Trail" aria-busy={state === "loading"}>
        {items.map((entry) => (
          <Line key={entry.id} entry={entry} names={names} isAdmin={isAdmin} />
        ))}
      </ul>
      <More list={list} />
    </main>
  );
}

/** What keys or users are called, had once there is an entry that needs it. */
function useNames({ id, role }: Account, isNeeded: boolean): Names {
  const [names, setNames] = useState<Omit<Names, "self">>({ users: new Map(), keys: new Map() });
  useLayoutEffect(() => {
    if (!isNeeded) return;
    const load = role === "admin" ? readUserNames : readKeyNames;
    // An entry without names has ids.
    load().then(
      (known) => setNames({ users: new Map(), keys: new Map(), [role === "admin" ? "users" : "keys"]: known }),
      () => undefined,
    );
  }, [role, isNeeded]);
  return { ...names, self: id };
}

function Line({ entry, names, isAdmin }: { entry: TrailEntry; names: Names; isAdmin: boolean }) {
  const { at, address, request_id: request, outcome } = entry;
  const { what, who, ecg } = describeEntry(entry, names);
  return (
    <li>
      <span class="entry" title={`${entry.action}, request ${request}`}>
        <span class={outcome === "done" ? undefined : "refusal"}>
          {what}
          {ecg !== undefined && !isAdmin && entry.action !== "DELETE /ecg/{id}" && (
            <>
              {" "}
              <a href={writePlace({ name: "ecg", id: ecg, view: NEW_VIEW })}>open it</a>
            </>
          )}
        </span>
        <span class="quiet">
          by {who}
          {address && ` from ${address}`}
        </span>
      </span>
      <Moment isQuiet at={at} />
    </li>
  );
}

type FilterProps = { filter: TrailFilter; isAdmin: boolean; users: ReadonlyMap<string, string> };

function Filter({ filter, isAdmin, users }: FilterProps) {
  const submit = (event: Event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    goTo({ name: "trail", filter: readTrailFilter(fields) });
  };
  const change = (event: Event) => (event.currentTarget as HTMLInputElement | HTMLSelectElement).form?.requestSubmit();
  const actions = Object.entries(ACTION_WORDS).filter(([action]) => isAdmin || !action.includes(" /admin/"));
  // One that was erased is among no users, and yet in the trail.
  const known = filter.user === "" || users.has(filter.user) ? users : new Map([...users, [filter.user, filter.user]]);
  return (
    <search>
      <form class="search" onSubmit={submit}>
        <label>
          <span>What</span>
          <select name="action" value={filter.action} onChange={change}>
            <option value="">all</option>
            {actions.map(([action, words]) => (
              <option key={action} value={action} selected={action === filter.action}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {isAdmin && (
          <label>
            <span>About</span>
            <select name="user" value={filter.user} onChange={change}>
              <option value="">all accounts</option>
              {[...known].map(([id, name]) => (
                <option key={id} value={id} selected={id === filter.user}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <DateRange from={filter.from} to={filter.to} onChange={change} />
        {Object.values(filter).some((text) => text !== "") && (
          <button type="button" onClick={() => goTo({ name: "trail", filter: NEW_TRAIL })}>
            Show all
          </button>
        )}
      </form>
    </search>
  );
}
