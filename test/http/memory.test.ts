import { env } from "cloudflare:workers";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { writeAnnotations } from "../../src/formats/wfdb/annotations.ts";
import { app } from "../../src/http/app.ts";
import { readBody, streamBody } from "../../src/http/body.ts";
import { Memory } from "../../src/http/memory.ts";
import { toBody } from "../../src/http/stream.ts";
import { newCaller, request, storedEcg } from "../support/api.ts";
import { newSignal } from "../support/signals.ts";
import { watchDatabase } from "../support/watched-database.ts";

const MEBIBYTE = 1024 * 1024;
const all: Memory[] = [];

/** The memory of a request, which lets go of what it holds when the test ends. */
function newMemory(): Memory {
  const memory = new Memory();
  all.push(memory);
  return memory;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  for (const memory of all.splice(0)) memory.release();
});

it("has room for whoever is alone, whatever is asked for", async () => {
  await expect(newMemory().hold(1000 * MEBIBYTE)).resolves.toBeUndefined();
});

it("has room for those who fit in together", async () => {
  for (let i = 0; i < 4; i++) await newMemory().hold(16 * MEBIBYTE);
  await expect(settled(newMemory().hold(1))).resolves.toBe("waits");
});

it("lets one wait until another lets go", async () => {
  const first = newMemory();
  await first.hold(40 * MEBIBYTE);
  const second = newMemory().hold(40 * MEBIBYTE);
  expect(await settled(second)).toBe("waits");
  first.release();
  await vi.advanceTimersByTimeAsync(100);
  expect(await settled(second)).toBe("has it");
});

it("refuses whoever has waited for some seconds", async () => {
  await newMemory().hold(64 * MEBIBYTE);
  const second = newMemory().hold(1);
  const refusal = expect(second).rejects.toMatchObject({
    code: "unavailable",
    options: { headers: { "Retry-After": "5" } },
  });
  await vi.advanceTimersByTimeAsync(4900);
  expect(await settled(second)).toBe("waits");
  await vi.advanceTimersByTimeAsync(200);
  await refusal;
});

it("asks for the most alone of what a request holds one after the other", async () => {
  const one = newMemory();
  await one.hold(30 * MEBIBYTE);
  await one.hold(10 * MEBIBYTE);
  await newMemory().hold(34 * MEBIBYTE);
  expect(await settled(newMemory().hold(1))).toBe("waits");
});

it("takes for gone who does nothing for half a minute, and not who goes on", async () => {
  const [idle, busy] = [newMemory(), newMemory()];
  await idle.hold(32 * MEBIBYTE);
  await busy.hold(32 * MEBIBYTE);
  await vi.advanceTimersByTimeAsync(20_000);
  await busy.hold(1);
  await vi.advanceTimersByTimeAsync(11_000);
  await newMemory().hold(32 * MEBIBYTE);
  expect(await settled(newMemory().hold(1))).toBe("waits");
});

it.each([
  { name: "asks for room again", ask: (memory: Memory) => memory.hold(1), found: "waits" },
  { name: "goes on is counted again", ask: async (memory: Memory) => memory.goOn(), found: "has it" },
])("who was taken for gone and $name", async ({ ask, found }) => {
  const [idle, next] = [newMemory(), newMemory()];
  await idle.hold(32 * MEBIBYTE);
  await vi.advanceTimersByTimeAsync(31_000);
  await next.hold(64 * MEBIBYTE);
  expect(await settled(ask(idle))).toBe(found);
  next.release();
  await vi.advanceTimersByTimeAsync(100);
  await newMemory().hold(32 * MEBIBYTE);
  expect(await settled(newMemory().hold(1))).toBe("waits");
});

/** A request whose body has these bytes, or so many, and then comes to a stop; `length` is what it says to have. */
function newStill(bytes: number | Uint8Array, length?: number, headers: Record<string, string> = {}): Request {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  writer.write(typeof bytes === "number" ? new Uint8Array(bytes) : bytes).catch(() => {});
  const lengths: Record<string, string> = length === undefined ? {} : { "Content-Length": String(length) };
  return new Request("http://ecg.test/ecg", { method: "POST", body: readable, headers: { ...lengths, ...headers } });
}

it.each([
  { name: "a short one", body: () => newStill(1000, 2000), seconds: 31 },
  { name: "a long one", body: () => newStill(100_000, 8 * MEBIBYTE), seconds: 30 },
  { name: "one of unknown length", body: () => newStill(1000), seconds: 30 },
  {
    name: "a gzip",
    body: () => newStill(gzipSync("{}").subarray(0, 12), 1000, { "Content-Encoding": "gzip" }),
    seconds: 30,
  },
])("ends a body that stands still while memory is held for it: $name", async ({ body, seconds }) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  const memory = newMemory();
  let end: unknown;
  const reading = readBody(body(), 16 * MEBIBYTE, memory).catch((error) => (end = error.code));
  await pass(seconds - 1);
  expect(end).toBeUndefined();
  await pass(3);
  await reading;
  expect(end).toBe("timeout");
});

it("keeps the memory of a slow body, which is read to its end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  const { readable, writable } = new IdentityTransformStream();
  const length = 2 * MEBIBYTE;
  const request = new Request("http://ecg.test/ecg", {
    method: "POST",
    body: readable,
    headers: { "Content-Length": String(length) },
  });
  const memory = newMemory();
  const reading = readBody(request, 16 * MEBIBYTE, memory);
  const writer = writable.getWriter();
  for (let at = 0; at < length; at += MEBIBYTE / 4) {
    await pass(20);
    await writer.write(new Uint8Array(MEBIBYTE / 4).fill(at / (MEBIBYTE / 4) + 1));
  }
  await pass(20);
  expect(await settled(newMemory().hold(60 * MEBIBYTE))).toBe("waits");
  const bytes = await reading;
  expect([bytes.length, bytes[0], bytes[length - 1]]).toEqual([length, 1, 8]);
});

it("lets a body stand still for which nothing is held, as of a device that sends a line now and then", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  const { readable, writable } = new IdentityTransformStream();
  const request = new Request("http://ecg.test/ecg", { method: "POST", body: readable });
  const parts = streamBody(request, MEBIBYTE, newMemory());
  const writer = writable.getWriter();
  const first = parts.next();
  await pass(100);
  await writer.write(new Uint8Array(7));
  expect((await first).value?.length).toBe(7);
});

it.each(["read to its end", "given up", "given up before it begins"])(
  "holds the memory of an answer until it is %s",
  async (how) => {
    const reader = await newAnswer(64 * MEBIBYTE);
    if (how !== "given up before it begins") await reader.read();
    const other = newMemory().hold(1);
    expect(await settled(other)).toBe("waits");
    if (how === "read to its end") while (!(await reader.read()).done);
    else await reader.cancel();
    await vi.advanceTimersByTimeAsync(100);
    expect(await settled(other)).toBe("has it");
  },
);

/** Reads an answer of 2 MiB, for which so many bytes are held; a timer of the runtime's stands still with the test's clock. */
async function newAnswer(held: number) {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  const memory = newMemory();
  await memory.hold(held);
  const body = toBody({ var: { requestId: "test" } } as never, new Uint8Array(2 * MEBIBYTE).fill(1), memory);
  memory.release();
  return (body as ReadableStream<Uint8Array>).getReader();
}

it("counts the memory of an answer whose reader stands still, and breaks it off after a minute", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const reader = await newAnswer(64 * MEBIBYTE);
  await reader.read();
  await pass(55);
  const other = newMemory().hold(1);
  await pass(4);
  expect(await settled(other)).toBe("waits");
  await pass(10);
  await expect(other).rejects.toMatchObject({ code: "unavailable" });
  expect(await settled(newMemory().hold(64 * MEBIBYTE))).toBe("has it");
  await expect(reader.read()).rejects.toMatchObject({ code: "timeout" });
  expect(errors).toHaveBeenCalledOnce();
  errors.mockRestore();
});

it.each([
  { name: "slow", held: 64 * MEBIBYTE, seconds: 50 },
  { name: "still where nothing is held", held: 0, seconds: 130 },
])("gives an answer to its end to a reader who is $name", async ({ held, seconds }) => {
  const reader = await newAnswer(held);
  let length = 0;
  for (let i = 0; ; i++) {
    const { value, done } = await reader.read();
    if (done) break;
    length += value.length;
    if (i < 3) await pass(seconds);
  }
  expect(length).toBe(2 * MEBIBYTE);
});

it.each([
  { name: "a body", method: "POST" },
  { name: "a file", method: "GET" },
])("answers 503 with Retry-After to $name for which there is no room", async ({ method }) => {
  vi.useRealTimers();
  const caller = await newCaller();
  const ecg = { sampling_rate: 250, leads: [{ name: "II", gain: 1, signal: [...newSignal(1000)] }] };
  const { id } = await storedEcg(caller, ecg);
  const send = () => (method === "POST" ? caller.post("/ecg", ecg) : caller.get(`/ecg/${id}?format=edf`));
  const other = newMemory();
  await other.hold(64 * MEBIBYTE);
  const refusal = await whileHeld(other, send);
  expect([refusal.status, refusal.headers.get("retry-after"), await refusal.json()]).toMatchObject([
    503,
    "5",
    { detail: "Too much is being sent and read at once: try again in some seconds." },
  ]);
  other.release();
  expect((await send()).ok).toBe(true);
});

it.each(["", "/mine", "/mine/compare?with=mine"])("reads annotations only where there is room: %s", async (path) => {
  vi.useRealTimers();
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const items = Array.from({ length: 20_000 }, (_, i) => ({ time: i, code: "N" }));
  expect((await caller.put(`/ecg/${id}/annotations/mine`, { items })).status).toBe(200);
  const read = () => caller.get(`/ecg/${id}/annotations${path}`, { "If-None-Match": '"another"' });
  const other = newMemory();
  await other.hold(61 * MEBIBYTE);
  expect((await whileHeld(other, read)).status).toBe(503);
  other.release();
  expect((await read()).status).toBe(200);
});

it.each(["/few", "/few/compare?with=insights", "/mine?end=10", "?start=19999"])(
  "takes no room for annotations that are not read: %s",
  async (path) => {
    vi.useRealTimers();
    const caller = await newCaller();
    const { id } = await storedEcg(caller);
    const items = Array.from({ length: 20_000 }, (_, i) => ({ time: i, code: "N" }));
    expect((await caller.put(`/ecg/${id}/annotations/mine`, { items })).status).toBe(200);
    expect((await caller.put(`/ecg/${id}/annotations/few`, { items: [] })).status).toBe(200);
    await newMemory().hold(61 * MEBIBYTE);
    expect((await caller.get(`/ecg/${id}/annotations${path}`)).status).toBe(200);
  },
);

it("reads no annotations that the client has already, nor takes room for them", async () => {
  vi.useRealTimers();
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const items = Array.from({ length: 20_000 }, (_, i) => ({ time: i, code: "N" }));
  const sent = await caller.put(`/ecg/${id}/annotations/mine`, { items });
  const headers = { Authorization: caller.authorization, "If-None-Match": sent.headers.get("etag") ?? "" };
  await newMemory().hold(61 * MEBIBYTE);
  let batches = 0;
  const { database } = watchDatabase(env.DB, () => batches++);
  const ask = (annotator: string) =>
    app.request(`/ecg/${id}/annotations/${annotator}`, { headers }, { ...env, DB: database });
  const same = await ask("mine");
  // One that lets the caller in, finds the ECG and the set's edition.
  expect([same.status, same.headers.get("etag"), batches]).toEqual([304, headers["If-None-Match"], 1]);
  expect((await ask("unknown")).status).toBe(404);
});

it.each(["wfdb", "edf"])(
  "writes annotations as %s only where there is room, and others without reading them",
  async (format) => {
    vi.useRealTimers();
    const caller = await newCaller();
    const { id } = await storedEcg(caller, { sampling_rate: 250, leads: [{ name: "II", gain: 1000, signal: [1, 2] }] });
    const items = Array.from({ length: 20_000 }, (_, i) => ({ time: i / 4e6, code: "N" }));
    expect((await caller.put(`/ecg/${id}/annotations/mine`, { items })).status).toBe(200);
    const other = newMemory();
    await other.hold(61 * MEBIBYTE);
    const read = () => caller.get(`/ecg/${id}?format=${format}`);
    expect((await whileHeld(other, read)).status).toBe(503);
    expect((await caller.get(`/ecg/${id}?format=csv`)).status).toBe(200);
    other.release();
    expect((await caller.get(`/ecg/${id}?format=wfdb`)).status).toBe(200);
  },
);

it("exports only where there is room for the longest ECG, until all is sent", async () => {
  vi.useRealTimers();
  const caller = await newCaller();
  await storedEcg(caller, { sampling_rate: 250, leads: [{ name: "II", signal: [...newSignal(200_000)] }] });
  const other = newMemory();
  await other.hold(62 * MEBIBYTE);
  expect((await whileHeld(other, () => caller.get("/users/me/export"))).status).toBe(503);
  other.release();
  const answer = await caller.get("/users/me/export");
  await expect(settled(newMemory().hold(64 * MEBIBYTE))).resolves.toBe("waits");
  await answer.bytes();
  expect(await settled(newMemory().hold(64 * MEBIBYTE))).toBe("has it");
});

it("takes annotations as WFDB, which become far more than the file, only where there is room", async () => {
  vi.useRealTimers();
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { sampling_rate: 250, leads: [{ name: "II", signal: [1, 2] }] });
  const annotations = Array.from({ length: 50_000 }, (_, i) => ({ time: i, code: "N" }));
  const body = writeAnnotations(annotations, [250], ["II"]);
  const headers = {
    Authorization: caller.authorization,
    "Content-Type": "application/octet-stream",
    "Content-Length": String(body.length),
  };
  const send = () => request("PUT", `/ecg/${id}/annotations/mine`, { headers, body });
  const other = newMemory();
  await other.hold(60 * MEBIBYTE);
  expect((await whileHeld(other, send)).status).toBe(503);
  other.release();
  expect((await send()).status).toBe(200);
});

it.each([
  { name: "an ECG", method: "POST", path: "/ecg", body: { leads: [{ name: "II", signal: [1, 2] }] } },
  { name: "a file", method: "POST", path: "/ecg", body: "time,II\n0,1\n0.002,2\n0.004,3\n" },
  { name: "annotations", method: "PUT", path: "/ecg/{id}/annotations/mine", body: { items: [{ time: 0, code: "N" }] } },
])("asks for no more room for $name that is gzipped than it is likely to need", async ({ method, path, body }) => {
  vi.useRealTimers();
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const packed = gzipSync(typeof body === "string" ? body : JSON.stringify(body));
  await newMemory().hold(60 * MEBIBYTE);
  const headers = {
    Authorization: caller.authorization,
    "Content-Type": typeof body === "string" ? "text/csv" : "application/json",
    "Content-Encoding": "gzip",
    "Content-Length": String(packed.length),
  };
  const answer = await request(method, path.replace("{id}", id), { headers, body: new Uint8Array(packed) });
  expect([answer.ok, await answer.text()]).toEqual([true, expect.any(String)]);
});

it("asks for more room for a gzip that has more than was likely", async () => {
  vi.useRealTimers();
  const caller = await newCaller();
  const packed = gzipSync(JSON.stringify({ leads: [{ name: "II", signal: Array(300_000).fill(0) }] }));
  const other = newMemory();
  await other.hold(63 * MEBIBYTE);
  const headers = {
    Authorization: caller.authorization,
    "Content-Type": "application/json",
    "Content-Encoding": "gzip",
    "Content-Length": String(packed.length),
  };
  const send = () => request("POST", "/ecg", { headers, body: new Uint8Array(packed) });
  expect((await whileHeld(other, send)).status).toBe(503);
  other.release();
  expect((await send()).status).toBe(201);
});

it("lets go at once of what a HEAD has no body for", async () => {
  vi.useRealTimers();
  const caller = await newCaller();
  const { id } = await storedEcg(caller, {
    sampling_rate: 250,
    leads: [{ name: "II", signal: [...newSignal(400_000)] }],
  });
  for (const format of ["csv", "json"]) {
    const answer = await request("HEAD", `/ecg/${id}?format=${format}`, {
      headers: { Authorization: caller.authorization },
    });
    expect(answer.status).toBe(200);
    const other = newMemory();
    expect(await settled(other.hold(64 * MEBIBYTE))).toBe("has it");
    other.release();
  }
});

it.each(["csv", "aecg"])("writes a long file in parts that are the file: %s", async (format) => {
  vi.useRealTimers();
  const caller = await newCaller();
  const signal = [...newSignal(100_000)];
  const leads = ["I", "II"].map((name) => ({ name, gain: 1000, signal }));
  const { id } = await storedEcg(caller, { sampling_rate: 250, leads });
  const whole = await (await caller.get(`/ecg/${id}?format=${format}`)).bytes();
  const headers = { Authorization: caller.authorization };
  const sent = await (await request("POST", "/ecg", { headers, body: whole })).json<{ id: string }>();
  const { leads: read } = await (await caller.get(`/ecg/${sent.id}`)).json<{ leads: { signal: number[] }[] }>();
  expect(read.map((lead) => lead.signal)).toEqual([signal, signal]);
});

/** Sends a request that waits for room, by a clock that runs ten times as fast at least; `other` goes on meanwhile. */
async function whileHeld(other: Memory, send: () => Promise<Response>): Promise<Response> {
  vi.useFakeTimers({ toFake: ["Date"] });
  let isAnswered = false;
  const answer = send().finally(() => (isAnswered = true));
  while (!isAnswered) {
    vi.setSystemTime(Date.now() + 250);
    other.goOn();
    await scheduler.wait(25);
  }
  vi.useRealTimers();
  return answer;
}

/** Lets some seconds pass, in steps, with what streams do on the way. */
async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    await vi.advanceTimersByTimeAsync(1000);
    await scheduler.wait(1);
  }
}

async function settled(promise: Promise<void>): Promise<string> {
  const late = Promise.resolve().then(() => "waits");
  return Promise.race([promise.then(() => "has it"), late.then((text) => late.then(() => text))]);
}
