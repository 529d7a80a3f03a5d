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

/** Loads something. What is there stays until there is something newer. */
export async function load<T>(
  into: Observable<Loaded<T>>,
  signal: AbortSignal,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<void> {
  if (into.value.state !== "here") into.set({ state: "loading" });
  try {
    into.set({ state: "here", value: await read(signal) });
  } catch (error) {
    if (!isAbort(error)) into.set({ state: "failed", why: explainError(error) });
  }
}
