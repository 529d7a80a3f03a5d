import { preferences } from "../page/preferences.ts";
import { logOut, session } from "./session.ts";

/** How often it is looked whether somebody is still there, in ms. */
const LOOK_MS = 5000;
const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** Logs off when nobody has touched the page for the time that is preferred. */
export function watchIdleness(): void {
  let touched = Date.now();
  for (const touch of TOUCHES) addEventListener(touch, () => (touched = Date.now()), { passive: true, capture: true });
  setInterval(() => {
    const { idleMinutes } = preferences.value;
    if (session.value.state !== "in") touched = Date.now();
    else if (Date.now() - touched > idleMinutes * 60_000) {
      void logOut(`Logged off after ${idleMinutes} minutes without use.`);
    }
  }, LOOK_MS);
}
