import { useLayoutEffect, useRef } from "hono/jsx/dom";
import { type Command, listenToKeys } from "./commands.ts";

/** Has the keys do what these commands say; no moment is without keys while others come. */
export function useKeys(commands: readonly Command[]): void {
  const latest = useRef(commands);
  latest.current = commands;
  useLayoutEffect(() => listenToKeys(() => latest.current ?? []), []);
}
