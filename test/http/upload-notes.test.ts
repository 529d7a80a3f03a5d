import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { csv } from "../../src/formats/csv/csv.ts";
import { edf } from "../../src/formats/edf/edf.ts";
import { newCaller, request, storedEcg } from "../support/api.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const OPTIONS = { name: "ecg", timeZone: "UTC", units: "mv", layout: "3x4", fhirVersion: "R4" } as const;
const RECORDED_AT = Date.parse("2026-01-31T09:30:00Z");
const recording = { ...syntheticEcg({ seconds: 2 }), recordedAt: RECORDED_AT, subject: "P-0042" };

type Answer = { id: string; date: string; date_source: string; created_at: string; notes: string[] };

async function send(body: BodyInit, query = ""): Promise<Answer & { get: (path: string) => Promise<Response> }> {
  const caller = await newCaller();
  const answer = await request("POST", `/ecg${query}`, { body, headers: { Authorization: caller.authorization } });
  const received = await answer.json<Answer>();
  expect(answer.status).toBe(201);
  return { ...received, get: (path) => caller.get(`/ecg/${received.id}${path}`) };
}

describe("notes of an upload", () => {
  it("are none when all was kept", async () => {
    const { notes } = await storedEcg(await newCaller());
    expect(notes).toEqual([]);
    expect((await send(edf.write({ ...recording, subject: null }, OPTIONS))).notes).toEqual([]);
  });

  it("say that the person is not kept, unless it was asked for", async () => {
    const file = edf.write(recording, OPTIONS);
    expect((await send(file)).notes).toEqual([
      "The file says who it is of: that is not kept without keep_subject=true.",
    ]);
    expect((await send(file, "?keep_subject=true")).notes).toEqual([]);
  });

  it("say that a file has no date", async () => {
    const { notes } = await send(csv.write({ ...recording, subject: null }, OPTIONS));
    expect(notes).toEqual(["When it was recorded is not said: the date is that of the receipt."]);
  });
});

describe("the source of a date", () => {
  it("is the recording where the sender or the file says when it was", async () => {
    const ecg = await storedEcg(await newCaller(), { date: "2026-01-31T09:30:00Z" });
    expect(ecg).toMatchObject({ date: "2026-01-31T09:30:00Z", date_source: "recorded" });
    const { get } = await send(edf.write(recording, OPTIONS));
    expect(await (await get("")).json()).toMatchObject({ date: "2026-01-31T09:30:00Z", date_source: "recorded" });
  });

  it("is the receipt where nobody says, and no file is dated by it", async () => {
    const { get, date, date_source, created_at } = await send(csv.write(recording, OPTIONS));
    expect([date, date_source]).toEqual([created_at, "received"]);
    expect(await (await get("?format=fhir")).json()).not.toHaveProperty("effectiveDateTime");
    const header = await (await get("?format=edf")).text();
    expect(header.slice(88, 88 + 80)).toContain("Startdate X");
  });

  it("is the recording once it is said later", async () => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller);
    await caller.patch(`/ecg/${id}`, { note: "At rest" });
    expect(await (await caller.get(`/ecg/${id}`)).json()).toMatchObject({ date_source: "received" });
    const changed = await caller.patch(`/ecg/${id}`, { date: "2026-01-31T09:30:00Z" });
    expect(await changed.json()).toMatchObject({ date: "2026-01-31T09:30:00Z", date_source: "recorded" });
  });

  it("comes back with our own JSON", async () => {
    const caller = await newCaller();
    const leads = [{ name: "II", signal: [1, 2] }];
    const sent = { date: "2026-01-31T09:30:00Z", date_source: "received", leads };
    const ecg = await storedEcg(caller, sent);
    expect(ecg.date_source).toBe("received");
    expect(ecg.date).not.toBe(sent.date);
  });
});

describe("the unit of a lead", () => {
  it("is mV, or what the sender says; a lead of another unit has no millivolts and no beats", async () => {
    const caller = await newCaller();
    const { leads } = syntheticEcg({ seconds: 10, samplingRate: 250 });
    const signal = [...leads[1].samples];
    const pleth = { name: "PLETH", unit: "NU", gain: 1000, signal };
    const { id, leads: stored } = await storedEcg(caller, {
      sampling_rate: 250,
      leads: [{ name: "II", gain: 1000, unit: "mV", signal }, pleth],
    });
    expect(stored).toMatchObject([{ unit: "mV" }, { unit: "NU" }]);
    expect(await (await caller.get(`/ecg/${id}`)).json()).toMatchObject({ leads: [{ unit: "mV" }, { unit: "NU" }] });
    const insights = await (await caller.get(`/ecg/${id}/insights`)).json<{ leads: { quality: { unit: string } }[] }>();
    expect(insights.leads.map(({ quality }) => quality.unit)).toEqual(["mV", "ADC units"]);
    const { id: alone } = await storedEcg(caller, { sampling_rate: 250, leads: [pleth] });
    expect(await (await caller.get(`/ecg/${alone}/insights`)).json()).toMatchObject({
      beats: { count: 0 },
      reasons: { beats: "no lead is a voltage" },
    });
  });

  it("is taken as mV from rows that name none", async () => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller);
    const leads = await env.DB.prepare("select leads from ecgs where id = ?").bind(id).first<string>("leads");
    expect(leads).not.toContain("unit");
  });
});
