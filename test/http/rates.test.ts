import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { app } from "../../src/http/app.ts";
import { brakeUser, FREE_A_MINUTE } from "../../src/http/guards/brake.ts";
import { type Caller, newCaller, newKeyOf, storedEcg } from "../support/api.ts";
import { watchDatabase } from "../support/watched-database.ts";
import { withinMinute } from "../support/within-minute.ts";

const ECG = JSON.stringify({ leads: [{ name: "II", signal: [1] }] });

it.each([
  { name: "READ_RATE", braked: "GET", other: "POST" },
  { name: "WRITE_RATE", braked: "POST", other: "GET" },
])("$name brakes each $braked of a user's tokens, and nobody else", async ({ name, braked, other }) => {
  const statuses = await withinMinute(async () => {
    const [ada, byron] = [await newCaller(), await newCaller()];
    const key = await newKeyOf(ada.user);
    const limit: RateLimit = { limit: async ({ key }) => ({ success: key !== ada.user.id }) };
    const send = async (method: string, authorization: string) => {
      const headers = { Authorization: authorization, "Content-Type": "application/json" };
      const init = { method, headers, ...(method === "POST" && { body: ECG }) };
      const answer = await app.request("/ecg", init, { ...env, [name]: limit });
      return answer.headers.get("retry-after") ?? answer.ok;
    };
    const first = await send(braked, ada.authorization);
    for (const { user } of [ada, byron]) {
      for (let i = 1; i < FREE_A_MINUTE; i++) await brakeUser({}, braked, user.id);
    }
    await brakeUser({}, braked, byron.user.id);
    const last = await send(braked, ada.authorization);
    const others = [send(other, ada.authorization), send(braked, byron.authorization), send(braked, key)];
    return [first, last, ...(await Promise.all(others))];
  });
  expect(statuses).toEqual([true, "60", true, true, true]);
});

it("counts a user's requests anew each minute", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 31, 9, 30) });
  const limit = vi.fn<RateLimit["limit"]>(async () => ({ success: true }));
  const ask = () => brakeUser({ READ_RATE: { limit } }, "GET", "a user of these minutes alone");
  for (let i = 0; i <= FREE_A_MINUTE; i++) await ask();
  expect(limit).toHaveBeenCalledTimes(1);
  vi.setSystemTime(Date.UTC(2026, 0, 31, 9, 31));
  await ask();
  expect(limit).toHaveBeenCalledTimes(1);
  vi.useRealTimers();
});

/** An ECG of 16 minutes. */
const storedLong = (caller: Caller, fields = {}) =>
  storedEcg(caller, {
    sampling_rate: 2,
    leads: [{ name: "II", gain: 100, signal: Array(2 * 960).fill(0) }],
    ...fields,
  });

it("MEASURE_RATE brakes what a share has measured anew of a long ECG, and nothing else", async () => {
  const caller = await newCaller();
  const { id } = await storedLong(caller);
  const share = await newKeyOf(caller.user, { ecgId: id });
  const asked: string[] = [];
  const limit: RateLimit = { limit: async ({ key }) => ({ success: asked.push(key) > 4 }) };
  const read = async (path: string, authorization: string) => {
    const init = { headers: { Authorization: authorization } };
    return (await app.request(`/ecg/${id}${path}`, init, { ...env, MEASURE_RATE: limit })).status;
  };
  const windows = ["/insights?start=10&end=950", "?format=pdf&start=10&end=950"];
  for (const path of ["/insights?series=waves", "/insights?series=average_beats", ...windows]) {
    expect([path, await read(path, share)]).toEqual([path, 429]);
  }
  const others = ["/insights", "/insights?series=beats", "/insights?end=800", "/insights?series=waves&start=100"];
  for (const path of [...others, "?format=pdf", "?format=pdf&end=800"]) {
    expect([path, await read(path, share)]).toEqual([path, 200]);
  }
  expect([...new Set(asked)]).toHaveLength(1);
  expect(await read("/insights?series=waves", caller.authorization)).toBe(200);
  expect(asked.at(-1)).toBe(caller.user.id);
});

it("MEASURE_RATE brakes whatever measures a long ECG that is still open", async () => {
  const caller = await newCaller();
  const { id } = await storedLong(caller, { open: true });
  await caller.put(`/ecg/${id}/annotations/mine`, { items: [] });
  const paths = ["/insights", "?format=pdf", "/annotations/mine/compare?with=insights"];
  const read = async (path: string, isFree: boolean) => {
    const limit: RateLimit = { limit: async () => ({ success: isFree }) };
    const init = { headers: { Authorization: caller.authorization } };
    return (await app.request(`/ecg/${id}${path}`, init, { ...env, MEASURE_RATE: limit })).status;
  };
  for (const path of paths) expect([path, await read(path, false), await read(path, true)]).toEqual([path, 429, 200]);
  expect(await read("/annotations/mine/compare?with=mine", false)).toBe(200);
});

it("MEASURE_RATE brakes the parts of a user's export by themselves, and reads nothing for one that is refused", async () => {
  const caller = await newCaller();
  const asked: string[] = [];
  let batches = 0;
  const { database } = watchDatabase(env.DB, () => batches++);
  const ask = async (query: string, isFree: boolean) => {
    const limit: RateLimit = { limit: async ({ key }) => ({ success: asked.push(key) > 0 && isFree }) };
    const init = { headers: { Authorization: caller.authorization } };
    const bindings = { ...env, MEASURE_RATE: limit, DB: database };
    const answer = await app.request(`/users/me/export${query}`, init, bindings);
    await answer.arrayBuffer();
    return [answer.status, answer.headers.get("retry-after")];
  };
  expect(await ask("", false)).toEqual([429, "60"]);
  // One that lets the caller in.
  expect(batches).toBe(1);
  expect(await ask("?cursor=x", true)).toEqual([422, null]);
  expect(await ask("", true)).toEqual([200, null]);
  expect(asked).toEqual(Array(2).fill(`export of ${caller.user.id}`));
});

it.each([
  { name: "a sheet of a lead without a gain", path: "?format=pdf&end=950", gain: null },
  { name: "more pages than a file has", path: "?format=pdf&end=950&speed=50", gain: 100 },
  { name: "more than a drawing in rows has", path: "?format=svg", gain: 100 },
])("reads, measures and counts nothing for what is a 406: $name", async ({ path, gain }) => {
  const caller = await newCaller();
  const leads = Array.from({ length: 6 }, (_, i) => ({
    name: i === 0 ? "II" : `X${i}`,
    gain,
    signal: Array(1920).fill(0),
  }));
  const { id } = await storedLong(caller, { open: true, leads });
  const limit = vi.fn<RateLimit["limit"]>(async () => ({ success: false }));
  let batches = 0;
  const { database } = watchDatabase(env.DB, () => batches++);
  const init = { headers: { Authorization: caller.authorization } };
  const answer = await app.request(`/ecg/${id}${path}`, init, { ...env, MEASURE_RATE: { limit }, DB: database });
  // One that lets the caller in and finds the ECG.
  expect([answer.status, limit.mock.calls, batches]).toEqual([406, [], 1]);
});
