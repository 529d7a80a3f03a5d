import { useState } from "hono/jsx/dom";
import { NEW_TRAIL } from "../account/trail-filter.ts";
import { Dialog } from "../page/dialog.tsx";
import { Menu } from "../page/menu.tsx";
import { More, usePagedList } from "../page/more.tsx";
import { goTo } from "../page/navigation.ts";
import { useValue } from "../page/observable.ts";
import { count, explainDate, writeDate } from "../page/words.ts";
import { explainError } from "../refusal.ts";
import type { Account } from "../session/account.ts";
import { changeUser, readUsers, type User, type UserChanges } from "./user-api.ts";
import { AddUser, EraseUser, GivePassword } from "./user-forms.tsx";

type Asked = { what: "add" } | { what: "password" | "erase"; user: User };

/** The users, in the order of their registration, and what an admin does with them. */
export function Users({ account }: { account: Account }) {
  const list = usePagedList<User>("users", readUsers);
  const { items, state } = useValue(list.rows);
  const [wanted, want] = useState("");
  const [asked, ask] = useState<Asked | undefined>(undefined);
  const [refusal, setRefusal] = useState("");
  // What was sent from a dialog may be answered when another one is open.
  const close = () => ask((now) => (now === asked ? undefined : now));
  const change = async ({ id }: User, changes: UserChanges) => {
    setRefusal("");
    try {
      list.replace(await changeUser(id, changes));
    } catch (error) {
      setRefusal(explainError(error));
    }
  };
  // Where few are left the end of the list is seen, and so all users are had, a page after the other.
  const shown = items.filter((user) => isLike(user, wanted));
  return (
    <section class="list" aria-label="Users">
      <div class="search">
        <button type="button" class="main" onClick={() => ask({ what: "add" })}>
          Add a user
        </button>
        <label>
          <span>Find a user</span>
          <input
            type="search"
            placeholder="name or e-mail"
            value={wanted}
            autocomplete="off"
            onChange={(event: Event) => want((event.target as HTMLInputElement).value)}
          />
        </label>
        <span class="quiet" role="status">
          {wanted !== "" &&
            state === "end" &&
            (shown.length > 0 ? count(shown.length, "user") : "No user is like that.")}
        </span>
      </div>
      <p class="refusal" role="alert">
        {refusal}
      </p>
      <ul class="rows" aria-label="Users" aria-busy={state === "loading"}>
        {shown.map((user) => (
          <Row key={user.id} user={user} isSelf={user.id === account.id} onChange={change} onAsk={ask} />
        ))}
      </ul>
      <More list={list} />
      {asked?.what === "add" && (
        <Dialog key="add" title="Add a user" isForm onClose={close}>
          <AddUser
            onCancel={close}
            onDone={(user) => {
              list.append(user);
              want("");
              close();
            }}
          />
        </Dialog>
      )}
      {asked?.what === "password" && (
        <Dialog key="password" title={`New password for ${asked.user.username}`} isForm onClose={close}>
          <GivePassword user={asked.user} onDone={close} onCancel={close} />
        </Dialog>
      )}
      {asked?.what === "erase" && (
        <Dialog key="erase" title={`Erase ${asked.user.username}`} isForm onClose={close}>
          <EraseUser
            user={asked.user}
            onCancel={close}
            onDone={() => {
              list.remove(asked.user.id);
              close();
            }}
          />
        </Dialog>
      )}
    </section>
  );
}

/** Whether a user's name or address has what is wanted in it. */
function isLike({ username, email }: User, wanted: string): boolean {
  const text = wanted.trim().toLowerCase();
  return [username, email].some((one) => one.toLowerCase().includes(text));
}

type RowProps = {
  user: User;
  isSelf: boolean;
  onChange: (user: User, changes: UserChanges) => Promise<void>;
  onAsk: (asked: Asked) => void;
};

function Row({ user, isSelf, onChange, onAsk }: RowProps) {
  const { username, email, role, disabled, created_at: created, id } = user;
  const other = role === "admin" ? "user" : "admin";
  return (
    <li>
      <span class="user">
        <span class="entry">
          <strong>
            {username}
            {isSelf && " (you)"}
          </strong>
          <span class="quiet">{email}</span>
        </span>
        <span class="entry">
          <span class={disabled ? "refusal" : undefined}>
            {role}
            {disabled && ", disabled"}
          </span>
          <time class="quiet" dateTime={created} title={explainDate(created)}>
            since {writeDate(created)}
          </time>
        </span>
      </span>
      <Menu
        label={`More for ${username}`}
        items={[
          { name: disabled ? "Enable" : "Disable", run: () => void onChange(user, { disabled: !disabled }) },
          {
            name: `Make ${other === "admin" ? "an admin" : "a user"}`,
            run: () => void onChange(user, { role: other }),
          },
          { name: "New password …", run: () => onAsk({ what: "password", user }) },
          { name: "Trail", run: () => goTo({ name: "trail", filter: { ...NEW_TRAIL, user: id } }) },
          { name: "Erase …", run: () => onAsk({ what: "erase", user }) },
        ]}
      />
    </li>
  );
}
