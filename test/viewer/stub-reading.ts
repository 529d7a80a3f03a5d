import { afterEach, beforeEach, vi } from "vitest";
import type { EcgSummary } from "../../src/viewer/api.ts";
import type { Reading } from "../../src/viewer/reader/reading.ts";
import { type StubBrowser, stubBrowser } from "./stub-browser.ts";

/** Logs a user in on the page that runs in a browser. */
async function logInto(browser: StubBrowser): Promise<void> {
  const { logIn } = await import("../../src/viewer/session/session.ts");
  const done = logIn("ada", "password");
  await (await browser.take("POST", "/auth/token")).answer(200, { access_token: "ada", expires_in: 900 });
  await (await browser.take("GET", "/users/me")).answer(200, { id: "1", username: "ada", role: "user" });
  await done;
}

/** An open ECG of one lead with so many seconds at 100 Hz. */
export const newSummary = (seconds: number, open = true, rate: number | null = 100) =>
  ({
    id: "7",
    open,
    date: new Date(2026, 0, 31, 9, 30).toISOString(),
    date_source: "recorded",
    sampling_rate: rate,
    duration: rate && seconds,
    leads: [{ name: "II", n_samples: seconds * 100, gain: 1000, unit: "mV" }],
  }) as unknown as EcgSummary;

/** Gives each test of a file a browser of its own, in which a user is logged in. */
export function inBrowser(take: (browser: StubBrowser) => void): void {
  beforeEach(async () => {
    const browser = stubBrowser();
    await logInto(browser);
    take(browser);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}

/** What of a reading is needed by what is read beside the paper. */
export async function newReading(seconds: number) {
  const { Observable } = await import("../../src/viewer/page/observable.ts");
  const summary = new Observable(newSummary(seconds));
  const scene = new Observable<object>({ layout: { isTimed: true }, signal: { rate: 100, duration: seconds } });
  const frame = { time: 0, seconds: 10, lineSeconds: 10, duration: seconds, rate: 100 };
  const reading = {
    get ecg() {
      return summary.value;
    },
    summary,
    scene,
    frame,
    move: () => undefined,
    paintOver: () => () => undefined,
    repaintOver: () => undefined,
  };
  const grow = (to: number, open = true) => {
    frame.duration = to;
    scene.set({ layout: { isTimed: true }, signal: { rate: 100, duration: to } });
    summary.set(newSummary(to, open));
  };
  return { reading: reading as unknown as Reading, grow };
}
