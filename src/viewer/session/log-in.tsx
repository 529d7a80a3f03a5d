import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { LookButton } from "../local/look-button.tsx";
import { logIn } from "./session.ts";

/** Asks for name and password, over everything else. What was on the page stays behind it and cannot be seen. */
export function LogIn({ username, why }: { username: string | undefined; why: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [refusal, setRefusal] = useState("");
  const [isBusy, setBusy] = useState(false);

  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    // What was on the page goes on where it was: the keyboard, too, as soon as the dialog is gone, behind which nothing takes it.
    return () => requestAnimationFrame(() => before?.focus({ preventScroll: true }));
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    setBusy(true);
    setRefusal("");
    try {
      await logIn(String(fields.get("username")), String(fields.get("password")));
    } catch (error) {
      setRefusal(error instanceof TypeError ? "The service cannot be reached. Try again." : (error as Error).message);
      setBusy(false);
    }
  };

  return (
    <dialog
      class="log-in"
      ref={dialog}
      aria-labelledby="log-in-title"
      // Browsers let Escape, pressed again and again, close a dialog that prevents it.
      closedby="none"
      onCancel={(event: Event) => event.preventDefault()}
      onClose={() => dialog.current?.showModal()}
    >
      <form onSubmit={submit}>
        <h1 id="log-in-title">ECG API</h1>
        {why && <p class="quiet">{why}</p>}
        <label>
          Username
          <input
            name="username"
            value={username}
            autocomplete="username"
            autocapitalize="none"
            required
            autofocus={!username}
          />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            autofocus={Boolean(username)}
          />
        </label>
        <p class="refusal" role="alert">
          {refusal}
        </p>
        <button class="main" type="submit" disabled={isBusy}>
          {isBusy ? "Logging in …" : "Log in"}
        </button>
        <p class="without-log-in">
          <LookButton takesDrops />
        </p>
      </form>
    </dialog>
  );
}
