import { expect, it } from "vitest";
import { selectEcg } from "../../src/store/ecgs.ts";
import {
  findInsights,
  type SummedUp,
  saveInsights,
  settleUnmeasured,
  takeUnmeasured,
} from "../../src/store/insights.ts";
import type { EcgRow } from "../../src/store/schema.ts";
import { newCaller, store, storedEcg } from "../support/api.ts";
import { newSignal } from "../support/signals.ts";

const SUMMED_UP: SummedUp = { heartRate: 71.8, qtc: 409.2, findings: ["ventricular"] };

/** More than 32 chunks. */
const LONG = {
  sampling_rate: 500,
  open: true,
  leads: [{ name: "II", signal: Array.from(newSignal(2_100_000)) }],
};

it("keeps a text of any length, in the place of the one before", async () => {
  const { ecg } = await newEcg();
  for (const text of ["short", "long ".repeat(300_000), "short again"]) {
    await saveInsights(store, ecg, 1, text, SUMMED_UP);
    expect(await findInsights(store, ecg, 1)).toBe(text);
  }
});

it("does not find what another version measured, or fewer samples", async () => {
  const { ecg } = await newEcg();
  await saveInsights(store, ecg, 1, "text", SUMMED_UP);
  expect(await findInsights(store, ecg, 2)).toBeUndefined();
  const leads = ecg.leads.map((lead) => ({ ...lead, sampleCount: lead.sampleCount + 1 }));
  expect(await findInsights(store, { ...ecg, leads }, 1)).toBeUndefined();
});

it("keeps nothing of an ECG that is gone", async () => {
  const { caller, ecg } = await newEcg();
  await saveInsights(store, ecg, 1, "text", SUMMED_UP);
  await caller.delete(`/ecg/${ecg.id}`);
  expect(await findInsights(store, ecg, 1)).toBeUndefined();
  await saveInsights(store, ecg, 1, "text", SUMMED_UP);
  expect(await findInsights(store, ecg, 1)).toBeUndefined();
});

it("gives a long ECG that was closed to one at a time, and three times at the most", async () => {
  const { caller, ecg } = await newEcg(LONG);
  expect(await takeUnmeasured(store)).toBeUndefined();
  await caller.post(`/ecg/${ecg.id}/close`, {});
  await caller.post(`/ecg/${ecg.id}/close`, {});
  const now = Date.now();
  for (const minutes of [0, 20, 40]) {
    expect(await takeUnmeasured(store, now + minutes * 60_000)).toMatchObject({ id: ecg.id, open: false });
    expect(await takeUnmeasured(store, now + (minutes + 10) * 60_000)).toBeUndefined();
  }
  expect(await takeUnmeasured(store, now + 24 * 3600_000)).toBeUndefined();
});

it("gives a short one that was open when it is closed", async () => {
  const { caller, ecg } = await newEcg({ open: true });
  expect(await takeUnmeasured(store)).toBeUndefined();
  await caller.post(`/ecg/${ecg.id}/close`, {});
  expect(await takeUnmeasured(store)).toMatchObject({ id: ecg.id, open: false });
  await settleUnmeasured(store, ecg.id);
});

it("sums up in the ECG's own row, unless that has other samples by now", async () => {
  const { ecg } = await newEcg({ open: true });
  const read = async () => ((await selectEcg(store, ecg.ownerId, ecg.id)) as [EcgRow])[0];
  const leads = ecg.leads.map((lead) => ({ ...lead, sampleCount: lead.sampleCount + 1 }));
  await saveInsights(store, { ...ecg, leads }, 1, "text", SUMMED_UP);
  expect(await read()).toEqual(ecg);
  await saveInsights(store, ecg, 1, "text", SUMMED_UP);
  expect(await read()).toEqual({ ...ecg, ...SUMMED_UP });
});

it("gives one that was long when it was sent, until it is measured", async () => {
  const { ecg } = await newEcg({ ...LONG, open: false });
  expect(await takeUnmeasured(store)).toMatchObject({ id: ecg.id });
  await settleUnmeasured(store, ecg.id);
  expect(await takeUnmeasured(store, Date.now() + 24 * 3600_000)).toBeUndefined();
});

it.each([
  { name: "short", fields: {}, end: undefined },
  { name: "short and was closed after it was measured", fields: { open: true }, end: "measure and close" },
  { name: "erased", fields: { ...LONG, open: false }, end: "erase" },
  { name: "open", fields: LONG, end: undefined },
])("gives none that is $name", async ({ fields, end }) => {
  const { caller, ecg } = await newEcg(fields);
  if (end === "measure and close") await saveInsights(store, ecg, 1, "text", SUMMED_UP);
  if (end === "measure and close") await caller.post(`/ecg/${ecg.id}/close`, {});
  if (end === "erase") await caller.delete(`/ecg/${ecg.id}`);
  expect(await takeUnmeasured(store)).toBeUndefined();
});

async function newEcg(fields: Record<string, unknown> = {}) {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, fields);
  const [ecg] = (await selectEcg(store, caller.user.id, id)) as [EcgRow];
  return { caller, ecg };
}
