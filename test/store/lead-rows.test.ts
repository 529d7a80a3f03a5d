import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { findEcg } from "../../src/store/ecgs.ts";
import { saveInsights } from "../../src/store/insights.ts";
import type { LeadRow } from "../../src/store/lead-rows.ts";
import { type EcgRow, ecgs } from "../../src/store/schema.ts";
import { selectEcgWithRows } from "../../src/store/signal-reader.ts";
import { newCaller, store, storedEcg } from "../support/api.ts";

const LEADS: LeadRow[] = [
  {
    name: 'II "é"',
    sampleCount: 5000,
    samplingRate: 500,
    gain: 1000.5,
    baseline: -3,
    zeroCrossings: 37,
    lastSign: -1,
    chunkSamples: 4000,
  },
  {
    name: "Resp",
    sampleCount: 0,
    samplingRate: null,
    gain: null,
    baseline: 0,
    zeroCrossings: 0,
    lastSign: 0,
    chunkSamples: 16,
    unit: "mmHg",
  },
];

/** The leads as they are stored: a test that fails with these means that stored ECGs cannot be read any more. */
const TEXT = '[["II \\"é\\"",5000,500,1000.5,-3,37,-1,4000],["Resp",0,null,null,0,0,0,16,"mmHg"]]';
/** The leads as earlier versions stored them. */
const FIRST_TEXT =
  '[{"name":"II \\"é\\"","sampleCount":5000,"samplingRate":500,"gain":1000.5,"baseline":-3,"zeroCrossings":37,"lastSign":-1,"chunkSamples":4000},' +
  '{"name":"Resp","sampleCount":0,"samplingRate":null,"gain":null,"baseline":0,"zeroCrossings":0,"lastSign":0,"chunkSamples":16,"unit":"mmHg"}]';

it("leads are written as this text", () => {
  expect(ecgs.leads.mapToDriverValue(LEADS)).toBe(TEXT);
});

it.each([TEXT, FIRST_TEXT])("leads are read from %s", (text) => {
  expect(ecgs.leads.mapFromDriverValue(text)).toStrictEqual(LEADS);
});

/** An open ECG of two chunks. */
async function newOpen() {
  const caller = await newCaller();
  const signal = Array.from({ length: 20_000 }, (_, i) => i % 7);
  const { id } = await storedEcg(caller, { sampling_rate: 250, open: true, leads: [{ name: "II", signal }] });
  const read = async () => (await findEcg(store, id)) as EcgRow;
  const { leads } = await read();
  return { caller, id, leads, read };
}

/** Puts the first text in the place of an ECG's leads. */
async function storeAsBefore(id: string, leads: LeadRow[]): Promise<void> {
  await env.DB.prepare("update ecgs set leads = ? where id = ?").bind(JSON.stringify(leads), id).run();
}

it("an ECG whose leads are stored as before is summed up, and appended to", async () => {
  const { caller, id, leads, read } = await newOpen();
  await storeAsBefore(id, leads);
  await saveInsights(store, await read(), 1, "text", { heartRate: 71, qtc: null, findings: [] });
  expect(await read()).toMatchObject({ leads, heartRate: 71, findings: [] });

  const next = { leads: [{ name: "II", start_sample: 20_000, signal: [1, 2] }] };
  expect((await caller.post(`/ecg/${id}/samples`, next)).status).toBe(200);
  const text = await env.DB.prepare("select leads from ecgs where id = ?").bind(id).first("leads");
  expect(text).toBe('[["II",20002,250,null,0,0,1,16000]]');
});

it.each([
  { form: "now", store: async () => {} },
  { form: "before", store: storeAsBefore },
])("the chunk of a window is found by leads that are stored as $form", async ({ store: storeLeads }) => {
  const { caller, id, leads } = await newOpen();
  await storeLeads(id, leads);
  const rows = await selectEcgWithRows(store, caller.user.id, id, { start: 70, end: 75, isOverview: false });
  expect(rows.map(({ chunkIndex }) => chunkIndex)).toEqual([1]);
});
