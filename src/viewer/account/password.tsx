import { useState } from "hono/jsx/dom";
import { explainError } from "../refusal.ts";
import { logIn } from "../session/session.ts";
import { changePassword } from "./account-api.ts";

/** Changes one's own password, which ends every log-in but this one. */
export function Password({ username }: { username: string }) {
  const [refusal, setRefusal] = useState("");
  const [said, setSaid] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const [current, next, again] = ["current", "next", "again"].map((name) => String(fields.get(name)));
    setSaid("");
    if (next !== again) return setRefusal("The new password is not the same both times.");
    setRefusal("");
    setBusy(true);
    try {
      await changePassword(current, next);
      form.reset();
      // The old log-in has ended with the old password.
      await logIn(username, next);
      setSaid("It is changed. Wherever else you were logged in, you are not any more. Keys and shares go on.");
    } catch (error) {
      setRefusal(explainError(error));
    }
    setBusy(false);
  };
  return (
    <section class="fields" aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <form class="in-line" onSubmit={submit}>
        <input type="text" name="username" value={username} autocomplete="username" hidden />
        <label>
          Password now
          <input name="current" type="password" autocomplete="current-password" required />
        </label>
        <label>
          New password
          <input name="next" type="password" autocomplete="new-password" required />
        </label>
        <label>
          New password again
          <input name="again" type="password" autocomplete="new-password" required />
        </label>
        <button type="submit" disabled={isBusy}>
          {isBusy ? "Changing …" : "Change it"}
        </button>
      </form>
      <p class="refusal" role="alert">
        {refusal}
      </p>
      <p role="status">{said}</p>
    </section>
  );
}
