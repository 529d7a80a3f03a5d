import { type PropsWithChildren, useState } from "hono/jsx/dom";
import { explainError } from "../refusal.ts";
import { newPassword } from "./new-password.ts";
import { addUser, changeUser, eraseUser, type User } from "./user-api.ts";

type FormProps = PropsWithChildren<{
  does: string;
  isDangerous?: boolean;
  onSend: (fields: FormData) => Promise<void>;
  onCancel: () => void;
}>;

/** A form of a dialog, which says why it was refused and stays open then. */
function Form({ does, isDangerous = false, onSend, onCancel, children }: FormProps) {
  const [refusal, setRefusal] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setRefusal("");
    try {
      await onSend(new FormData(event.currentTarget as HTMLFormElement));
    } catch (error) {
      setRefusal(explainError(error));
      setBusy(false);
    }
  };
  return (
    <form class="fields" onSubmit={submit}>
      {children}
      <p class="refusal" role="alert">
        {refusal}
      </p>
      <div class="actions">
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        <button class={isDangerous ? "danger" : "main"} type="submit" disabled={isBusy}>
          {does}
        </button>
      </div>
    </form>
  );
}

/** A password that an admin hands over: it is seen, and made up unless another is typed. */
function PasswordField() {
  const [suggested] = useState(newPassword);
  return (
    <label>
      Password, to be handed over
      <input name="password" value={suggested} required autocomplete="off" spellcheck={false} />
    </label>
  );
}

type Props = { user: User; onDone: () => void; onCancel: () => void };
const text = (fields: FormData, name: string) => String(fields.get(name) ?? "");

/** Registers a user. */
export function AddUser({ onDone, onCancel }: { onDone: (user: User) => void; onCancel: () => void }) {
  const send = async (fields: FormData) => {
    const role = text(fields, "role") === "admin" ? "admin" : "user";
    const [username, email, password] = ["username", "email", "password"].map((name) => text(fields, name));
    onDone(await addUser({ username: username.trim(), email: email.trim(), role, password }));
  };
  return (
    <Form does="Add" onSend={send} onCancel={onCancel}>
      <label>
        Username
        <input name="username" required autocomplete="off" autocapitalize="none" autofocus />
      </label>
      <label>
        E-mail
        <input name="email" type="email" required autocomplete="off" />
      </label>
      <label>
        Role
        <select name="role">
          <option value="user">user: sends and reads own ECGs</option>
          <option value="admin">admin: manages users and sees no ECG</option>
        </select>
      </label>
      <PasswordField />
    </Form>
  );
}

/** Gives a user another password. */
export function GivePassword({ user, onDone, onCancel }: Props) {
  const send = async (fields: FormData) => {
    await changeUser(user.id, { password: text(fields, "password") });
    onDone();
  };
  return (
    <Form does="Give it" onSend={send} onCancel={onCancel}>
      <p>All log-ins of {user.username} end. Keys and shares go on.</p>
      <PasswordField />
    </Form>
  );
}

/** Erases a user, once the name is typed. */
export function EraseUser({ user, onDone, onCancel }: Props) {
  const send = async (fields: FormData) => {
    if (text(fields, "name").trim() !== user.username) throw new Error("This is not the name.");
    await eraseUser(user.id);
    onDone();
  };
  return (
    <Form does="Erase for good" isDangerous onSend={send} onCancel={onCancel}>
      <p>All ECGs, keys and shares of {user.username} are erased as well, at once and for good. The trail stays.</p>
      <label>
        Type “{user.username}” to confirm
        <input name="name" required autocomplete="off" autocapitalize="none" autofocus />
      </label>
    </Form>
  );
}
