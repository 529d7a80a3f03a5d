import { expect, it } from "vitest";
import { selectEcg } from "../../src/store/ecgs.ts";
import { findInsights, saveInsights } from "../../src/store/insights.ts";
import type { EcgRow } from "../../src/store/schema.ts";
import { db, newCaller, store, storedEcg } from "../support/api.ts";

it("keeps a text of any length, in the place of the one before", async () => {
  const { ecg } = await newEcg();
  for (const text of ["short", "long ".repeat(300_000), "short again"]) {
    await saveInsights(store, ecg, 1, text);
    expect(await findInsights(store, ecg, 1)).toBe(text);
  }
});

it("does not find what another version measured, or fewer samples", async () => {
  const { ecg } = await newEcg();
  await saveInsights(store, ecg, 1, "text");
  expect(await findInsights(store, ecg, 2)).toBeUndefined();
  const leads = ecg.leads.map((lead) => ({ ...lead, sampleCount: lead.sampleCount + 1 }));
  expect(await findInsights(store, { ...ecg, leads }, 1)).toBeUndefined();
});

it("keeps nothing of an ECG that is gone", async () => {
  const { caller, ecg } = await newEcg();
  await saveInsights(store, ecg, 1, "text");
  await caller.delete(`/ecg/${ecg.id}`);
  expect(await findInsights(store, ecg, 1)).toBeUndefined();
  await saveInsights(store, ecg, 1, "text");
  expect(await findInsights(store, ecg, 1)).toBeUndefined();
});

async function newEcg() {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const [ecg] = (await selectEcg(db, caller.user.id, id)) as [EcgRow];
  return { caller, ecg };
}
