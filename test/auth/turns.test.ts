import { afterEach, beforeEach, expect, it, vi } from "vitest";

/** Turns as in an isolate that has just started. */
let inTurn: typeof import("../../src/auth/turns.ts").inTurn;
beforeEach(async () => {
  vi.useFakeTimers({ now: 1_770_000_000_000 });
  vi.resetModules();
  ({ inTurn } = await import("../../src/auth/turns.ts"));
});
afterEach(() => vi.useRealTimers());

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

it("gives what is run, and the error that it throws, and goes on after it", async () => {
  const turns = [inTurn(async () => 7), inTurn(() => Promise.reject(new Error("no"))), inTurn(async () => 9)];
  const settled = Promise.allSettled(turns);
  await vi.runAllTimersAsync();
  expect(await settled).toMatchObject([{ value: 7 }, { reason: { message: "no" } }, { value: 9 }]);
});

it("runs one after the other, and lets others in between", async () => {
  vi.useRealTimers();
  const events: (number | "other")[] = [];
  const others = setInterval(() => events.at(-1) !== "other" && events.push("other"), 1);
  const keepBusy = async (i: number) => {
    events.push(i);
    for (const end = Date.now() + 50; Date.now() < end; );
  };
  await Promise.all(range(4).map((i) => inTurn(() => keepBusy(i))));
  clearInterval(others);
  expect(events.filter((event) => event !== "other").sort()).toEqual(range(4));
  expect(events.filter((event, i) => event !== "other" && i > 0 && events[i - 1] !== "other")).toEqual([]);
});

it("lets ten wait, and refuses who comes then with the time to wait", async () => {
  const turns = range(13).map((i) => inTurn(async () => i));
  const settled = Promise.allSettled(turns);
  await vi.runAllTimersAsync();
  const results = await settled;
  expect(results.slice(0, 11).map((result) => result.status === "fulfilled" && result.value)).toEqual(range(11));
  const refusal = {
    status: "rejected",
    reason: { code: "too-many-requests", options: { headers: { "Retry-After": "3" } } },
  };
  expect(results.slice(11)).toMatchObject([refusal, refusal]);
});

it("takes who comes alone at once, however many were before", async () => {
  for (const _ of range(50)) {
    const asked = Date.now();
    const turn = inTurn(async () => Date.now() - asked);
    await vi.advanceTimersByTimeAsync(100);
    expect(await turn).toBe(0);
  }
});

it("takes a turn that was held up for no more than two seconds of work", async () => {
  const held = inTurn(() => new Promise((resolve) => setTimeout(resolve, 60_000)));
  await vi.advanceTimersByTimeAsync(60_001);
  await held;
  const ended = Date.now();
  const next = inTurn(async () => Date.now() - ended);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await next).toBeLessThan(500);
});

it("is not held up by a turn whose request was given up", async () => {
  void inTurn(() => new Promise(() => {}));
  const next = inTurn(async () => "next");
  await vi.advanceTimersByTimeAsync(1000);
  expect(await next).toBe("next");
});
