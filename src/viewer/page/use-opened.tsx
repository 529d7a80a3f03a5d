import { type PropsWithChildren, useLayoutEffect, useState } from "hono/jsx/dom";
import { explainError, isAbort } from "../refusal.ts";

/** What a place needs of the service before there is anything to see, or why it cannot be had. */
type Opening<T> = { opened: T | undefined; failure: string; retry: () => void };

/**
 * Opens what a place shows, and closes it when the place is left or shows something else.
 *
 * @param of what `open` goes by: it is called anew when one of these changes
 */
export function useOpened<T extends { close: () => void }>(
  open: (signal: AbortSignal) => Promise<T>,
  of: readonly unknown[],
): Opening<T> {
  const [opened, setOpened] = useState<T | undefined>(undefined);
  const [failure, setFailure] = useState("");
  const [tries, setTries] = useState(0);
  useLayoutEffect(() => {
    const ending = new AbortController();
    let latest: T | undefined;
    const begin = async () => {
      latest = await open(ending.signal);
      if (ending.signal.aborted) latest.close();
      else setOpened(latest);
    };
    setFailure("");
    begin().catch((error) => isAbort(error) || setFailure(explainError(error)));
    return () => {
      ending.abort();
      latest?.close();
    };
  }, [...of, tries]);
  return { opened, failure, retry: () => setTries(tries + 1) };
}

/** Stands for what is still to be opened, or cannot be: then with a way to try again, and others beside it. */
export function Unopened({ failure, retry, children }: PropsWithChildren<Omit<Opening<unknown>, "opened">>) {
  if (!failure) return <main class="message quiet">Opening …</main>;
  return (
    <main class="message">
      <p role="alert">{failure}</p>
      <button type="button" onClick={retry}>
        Try again
      </button>{" "}
      {children}
    </main>
  );
}
