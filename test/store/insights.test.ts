import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { selectEcg } from "../../src/store/ecgs.ts";
import { findInsights, type SummedUp, saveInsights } from "../../src/store/insights.ts";
import { type EcgRow, ecgs } from "../../src/store/schema.ts";
import { newCaller, store, storedEcg } from "../support/api.ts";

const SUMMED_UP: SummedUp = { heartRate: 71.8, qtc: 409.2, findings: ["ventricular"] };

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

it("sums up in the ECG's own row, unless that has other samples by now", async () => {
  const { ecg } = await newEcg({ open: true });
  const read = async () => ((await selectEcg(store, ecg.ownerId, ecg.id)) as [EcgRow])[0];
  const leads = ecg.leads.map((lead) => ({ ...lead, sampleCount: lead.sampleCount + 1 }));
  await saveInsights(store, { ...ecg, leads }, 1, "text", SUMMED_UP);
  expect(await read()).toEqual(ecg);
  await saveInsights(store, ecg, 1, "text", SUMMED_UP);
  expect(await read()).toEqual({ ...ecg, ...SUMMED_UP });
});

it("keeps what was measured in all samples, when what was measured in fewer comes later", async () => {
  const { caller, ecg } = await newEcg({ open: true });
  const next = { leads: [{ name: "II", start_sample: 5, signal: [1, 2] }] };
  expect((await caller.post(`/ecg/${ecg.id}/samples`, next)).status).toBe(200);
  const [grown] = (await selectEcg(store, ecg.ownerId, ecg.id)) as [EcgRow];
  await saveInsights(store, grown, 1, "of seven samples", SUMMED_UP);
  await saveInsights(store, ecg, 1, "of five", { ...SUMMED_UP, findings: [] });
  expect(await findInsights(store, grown, 1)).toBe("of seven samples");
});

it("keeps nothing of an ECG that is being erased in steps", async () => {
  const { ecg } = await newEcg();
  await store.db.update(ecgs).set({ complete: false }).where(eq(ecgs.id, ecg.id));
  await saveInsights(store, ecg, 1, "text", SUMMED_UP);
  expect(await findInsights(store, ecg, 1)).toBeUndefined();
});

async function newEcg(fields: Record<string, unknown> = {}) {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, fields);
  const [ecg] = (await selectEcg(store, caller.user.id, id)) as [EcgRow];
  return { caller, ecg };
}
