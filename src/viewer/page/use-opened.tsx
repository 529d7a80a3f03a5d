import { type PropsWithChildren, useLayoutEffect, useState } from "hono/jsx/dom";
import { explainError, isAbort } from "../refusal.ts";
import { AgainLater } from "./again-later.ts";
import { PlaceHeading } from "./place-heading.tsx";

/** What a place needs of the service before there is anything to see, or why it cannot be had. */
type Opening<T> = { opened: T | undefined; failure: string; retry: () => void };

/**
 * Opens what a place shows, after failures that pass once more, and closes it when the place is left or shows something else.
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
      latest = await again.watch(ending.signal, () => open(ending.signal));
      if (ending.signal.aborted) latest.close();
      else setOpened(latest);
    };
    const tryIt = () => void begin().catch((error) => isAbort(error) || setFailure(explainError(error)));
    const again = new AgainLater(tryIt);
    setFailure("");
    tryIt();
    return () => {
      ending.abort();
      again.close();
      latest?.close();
    };
  }, [...of, tries]);
  return { opened, failure, retry: () => setTries(tries + 1) };
}

type UnopenedProps = Omit<Opening<unknown>, "opened"> & { what?: string };

/** Stands for what is still to be opened, or cannot be: then with a way to try again. The ways to elsewhere are above it. */
export function Unopened({ failure, retry, what = "This ECG", children }: PropsWithChildren<UnopenedProps>) {
  return (
    <div class="reader">
      <header class="bar">{children}</header>
      {failure ? (
        <main class="message">
          <PlaceHeading title="Not opened">{what} cannot be opened</PlaceHeading>
          <p role="alert">{failure}</p>
          <button type="button" onClick={retry}>
            Try again
          </button>
        </main>
      ) : (
        <main class="message quiet">Opening …</main>
      )}
    </div>
  );
}
