import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { type Caller, newCaller, request, storedEcg } from "../support/api.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";

type Ecg = { id: string; created_at: string; date: string; leads: { name: string; signal: (number | null)[] }[] };

/** The files of the fixtures in base64, by their names. */
const { FIXTURES } = env as unknown as { FIXTURES: Record<string, string> };
const records = Object.keys(FIXTURES).flatMap((name) => /^(.+)\.hea$/.exec(name)?.[1] ?? []);

/** ECGs that are made here, by what is special of them. */
const MADE = {
  "twelve leads": toEcgJson(syntheticEcg()),
  "all that may be said": {
    date: "2026-01-31T09:30:00.123Z",
    subject: " P-0042 ",
    device: "CardioPatch 3\ufffd",
    note: "At rest\n",
    sampling_rate: 500,
    leads: [
      { name: "II", gain: -0.5, baseline: 0.25, signal: [1, null, -3] },
      { name: "resp, slow", unit: "Ohm", gain: 3, sampling_rate: 31.25, signal: [] },
      { name: "V1\ufffd", sampling_rate: null, signal: [2147483647, -2147483647] },
    ],
  },
  "no sampling rate": { leads: [{ name: "II", signal: [1, 2] }] },
  "samples to come": { open: true, sampling_rate: 250, leads: [{ name: "II", signal: [1, 2] }] },
};

it.each(Object.entries(MADE))("gives an ECG of %s back when its own answer is sent again", async (_, ecg) => {
  const caller = await newCaller();
  await expectSame(caller, (await storedEcg(caller, ecg)).id);
});

it("has fixtures", () => expect(records).toHaveLength(6));

it.each(records)("gives the ECG of the fixture %s back when its own answer is sent again", async (record) => {
  const caller = await newCaller();
  const form = new FormData();
  for (const extension of ["hea", "dat"]) {
    const name = `${record}.${extension}`;
    form.append("file", new File([Buffer.from(FIXTURES[name], "base64")], name));
  }
  const answer = await request("POST", "/ecg", { headers: { Authorization: caller.authorization }, body: form });
  expect(answer.status).toBe(201);
  await expectSame(caller, (await answer.json<Ecg>()).id);
});

it("takes the answer to an upload again, with a signal", async () => {
  const caller = await newCaller();
  const ecg = await storedEcg(caller, MADE["no sampling rate"]);
  const leads = (ecg.leads as object[]).map((lead) => ({ ...lead, signal: [1, 2] }));
  expect((await caller.post("/ecg", { ...ecg, leads })).status).toBe(201);
});

it("takes a window again as its samples, and says what that means", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, MADE["twelve leads"]);
  const window = await (await caller.get(`/ecg/${id}?start=2&end=3&leads=V1,II`)).json<Ecg>();
  const answer = await caller.post("/ecg", window);
  expect([answer.status, await answer.json()]).toMatchObject([
    201,
    {
      notes: ["These are the samples of a window of an ECG, and the date is that of all of it."],
      leads: [{ name: "V1", n_samples: 500 }, { name: "II" }],
    },
  ]);
});

it("refuses an overview, which has no samples", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, MADE["twelve leads"]);
  const answer = await caller.post("/ecg", await (await caller.get(`/ecg/${id}?max_points=100`)).json());
  const { detail } = await answer.json<{ detail: string }>();
  expect([answer.status, detail]).toEqual([
    422,
    "The input is not valid: leads.0.signal is missing, and buckets are no samples: this is an overview. It is the first of 12 wrong places: see errors.",
  ]);
});

/** Whether an ECG, sent as it is given, comes back as it was but for its id and its receipt. */
async function expectSame(caller: Caller, id: string): Promise<void> {
  const first = await (await caller.get(`/ecg/${id}`)).json<Ecg>();
  const answer = await caller.post("/ecg", first);
  expect(answer.status).toBe(201);
  const { notes, ...summary } = await answer.json<Ecg & { notes: string[] }>();
  expect(notes).toEqual([]);
  const second = await (await caller.get(`/ecg/${summary.id}`)).json<Ecg & { date_source: string }>();
  // A date that is that of the receipt is another one.
  const { created_at } = summary;
  const date = second.date_source === "received" ? created_at : first.date;
  expect(second).toEqual({ ...first, id: summary.id, created_at, date });
}
