import { preferences } from "../page/preferences.ts";
import { logOut, session } from "./session.ts";

/** How often it is looked whether somebody is still there, in ms. */
const LOOK_MS = 5000;
const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** Logs off when nobody has touched the page, in whichever tab, for the time that is preferred: the log-in is that of all tabs. */
export function watchIdleness(): void {
  const tabs = new BroadcastChannel("touches");
  let touched = Date.now();
  let isToTell = false;
  const touch = () => {
    touched = Date.now();
    isToTell = true;
  };
  tabs.onmessage = () => {
    touched = Date.now();
  };
  for (const name of TOUCHES) addEventListener(name, touch, { passive: true, capture: true });
  setInterval(() => {
    const { idleMinutes } = preferences.value;
    if (isToTell) tabs.postMessage(null);
    isToTell = false;
    if (session.value.state !== "in") touched = Date.now();
    else if (Date.now() - touched > idleMinutes * 60_000) {
      void logOut(`Logged off after ${idleMinutes} minutes without use.`);
    }
  }, LOOK_MS);
}
