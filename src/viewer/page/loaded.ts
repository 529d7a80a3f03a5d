import { explainError, isAbort } from "../refusal.ts";
import type { Observable } from "./observable.ts";

/** Something that is had from the service, as far as it has come. */
export type Loaded<T> =
  | { state: "unasked" }
  | { state: "loading" }
  | { state: "here"; value: T }
  | { state: "failed"; why: string };

/** What was loaded; undefined while it is not here. */
export function valueIn<T>(loaded: Loaded<T>): T | undefined {
  return loaded.state === "here" ? loaded.value : undefined;
}

/** The loading of each that was begun last. */
const latest = new WeakMap<object, object>();

/** Loads something. What is there stays until there is something newer: of two answers the older one may come last. */
export async function load<T>(
  into: Observable<Loaded<T>>,
  signal: AbortSignal,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<void> {
  const loading = {};
  latest.set(into, loading);
  const end = (loaded: Loaded<T>) => latest.get(into) === loading && into.set(loaded);
  if (into.value.state !== "here") into.set({ state: "loading" });
  try {
    end({ state: "here", value: await read(signal) });
  } catch (error) {
    if (!isAbort(error)) end({ state: "failed", why: explainError(error) });
  }
}

/** Until what is being loaded is here, or cannot be had. */
export function untilLoaded(loaded: Observable<Loaded<unknown>>): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (loaded.value.state === "loading") return;
      stop();
      resolve();
    };
    const stop = loaded.subscribe(look);
    look();
  });
}
