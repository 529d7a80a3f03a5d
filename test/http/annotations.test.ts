import { unzipSync } from "fflate";
import { expect, it } from "vitest";
import { readAnnotations } from "../../src/formats/wfdb/annotations.ts";
import type { Annotation } from "../../src/recording/recording.ts";
import { type Caller, newCaller, request, storedEcg } from "../support/api.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";

const WFDB = "application/octet-stream";
const RATE = 250;

const BEATS: Annotation[] = [
  { time: 0.4, code: "N" },
  { time: 1.2, code: "V", text: "first (früh)", lead: "V1", subtype: 2, number: -3 },
  { time: 1.2, code: "+", text: "(B" },
  { time: 2, code: "mine" },
];

async function newEcg(caller: Caller, fields: object = {}): Promise<string> {
  const leads = ["II", "V1"].map((name) => ({ name, signal: Array.from({ length: 5 * RATE }, () => 0) }));
  return (await storedEcg(caller, { sampling_rate: RATE, leads, ...fields })).id;
}

/** A PUT with headers and a body of its own; JSON unless the headers say otherwise. */
function put(caller: Caller, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return request("PUT", path, {
    headers: { Authorization: caller.authorization, "Content-Type": "application/json", ...headers },
    body: body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
  });
}

const by = (annotator: string, list: readonly Annotation[]) => list.map((one) => ({ ...one, annotator }));

it("keeps the annotations of several annotators beside each other, and gives each back as it was sent", async () => {
  const caller = await newCaller();
  const id = await newEcg(caller);
  const path = `/ecg/${id}/annotations`;
  const answer = await put(caller, `${path}/mine`, { items: BEATS });
  expect([answer.status, await answer.json()]).toEqual([200, { annotator: "mine", count: 4, notes: [] }]);
  await put(caller, `${path}/atr`, { items: [{ time: 0.5, code: "N", annotator: "whoever" }] });
  await put(caller, `${path}/none`, { items: [] });
  const read = async (rest: string) => (await caller.get(`${path}${rest}`)).json();
  expect(await read("/mine")).toEqual({ items: by("mine", BEATS) });
  expect(await read("/atr")).toEqual({ items: [{ time: 0.5, code: "N" }] });
  expect(await read("/none")).toEqual({ items: [] });
  expect(await read("/mine?start=1.2&end=2")).toEqual({ items: by("mine", BEATS.slice(1, 3)) });
  const [first, ...others] = by("mine", BEATS);
  expect(await read("")).toEqual({ items: [first, { time: 0.5, code: "N" }, ...others] });
  expect(await (await caller.get(`/ecg/${id}/annotators`)).json()).toEqual({
    items: [
      { annotator: "atr", count: 1 },
      { annotator: "mine", count: 4 },
      { annotator: "none", count: 0 },
    ],
  });
});

it("takes what it gives, in JSON and as a file of WFDB, and replaces the annotator's set by it", async () => {
  const caller = await newCaller();
  const path = `/ecg/${await newEcg(caller)}/annotations`;
  await put(caller, `${path}/mine`, { items: BEATS });
  await put(caller, `${path}/a`, await (await caller.get(`${path}/mine`)).json());
  for (const [from, query, accept] of [
    ["mine", "?format=wfdb", "*/*"],
    ["a", "", WFDB],
  ]) {
    const file = await caller.get(`${path}/${from}${query}`, { Accept: accept });
    expect(file.headers.get("content-type")).toBe(WFDB);
    expect(file.headers.get("content-disposition")).toMatch(`.${from}"`);
    const bytes = await file.bytes();
    expect(readAnnotations(bytes, "file", RATE, ["II", "V1"])).toEqual(BEATS);
    const answer = await put(caller, `${path}/b`, bytes, { "Content-Type": WFDB });
    expect([answer.status, await answer.json()]).toMatchObject([200, { annotator: "b", count: 4 }]);
    expect(await (await caller.get(`${path}/b`)).json()).toEqual({ items: by("b", BEATS) });
    await put(caller, `${path}/b`, { items: BEATS.slice(0, 1) });
    expect(await (await caller.get(`${path}/b`)).json()).toEqual({ items: by("b", BEATS.slice(0, 1)) });
  }
});

it("is a 406 for an Accept of neither JSON nor a file", async () => {
  const caller = await newCaller();
  const path = `/ecg/${await newEcg(caller)}/annotations/mine`;
  await put(caller, path, { items: BEATS });
  const answer = await caller.get(path, { Accept: "text/csv" });
  expect([answer.status, await answer.json()]).toMatchObject([
    406,
    { detail: `This can be had as application/json, ${WFDB}.` },
  ]);
});

it("says what of a file of WFDB was not kept", async () => {
  const caller = await newCaller();
  const path = `/ecg/${await newEcg(caller)}/annotations`;
  await put(caller, `${path}/mine`, { items: [{ time: 1, code: "N", lead: "V1" }] });
  const bytes = await (await caller.get(`${path}/mine?format=wfdb`)).bytes();
  const { id } = await storedEcg(caller, { sampling_rate: RATE, leads: [{ name: "II", signal: [1, 2, 3] }] });
  const answer = await put(caller, `/ecg/${id}/annotations/mine`, bytes, { "Content-Type": WFDB });
  expect(await answer.json()).toEqual({ annotator: "mine", count: 1, notes: [expect.stringContaining("signal 1")] });
});

it("takes the example of the document", async () => {
  const caller = await newCaller();
  const path = `/ecg/${await newEcg(caller)}/annotations/mine`;
  const document = await (await request("GET", "/openapi.json")).json<{
    components: { schemas: { NewAnnotations: { example: { items: typeof BEATS } } } };
  }>();
  const { example } = document.components.schemas.NewAnnotations;
  expect((await put(caller, path, example)).status).toBe(200);
  expect(await (await caller.get(path)).json()).toEqual({ items: by("mine", example.items) });
});

it("is a 404 for an annotator who has made none, and after erasing", async () => {
  const caller = await newCaller();
  const path = `/ecg/${await newEcg(caller)}/annotations/mine`;
  expect((await caller.get(path)).status).toBe(404);
  expect((await caller.delete(path)).status).toBe(404);
  await put(caller, path, { items: BEATS });
  expect((await caller.delete(path)).status).toBe(204);
  expect((await caller.get(path)).status).toBe(404);
  expect((await caller.delete(path)).status).toBe(404);
});

it("does not overwrite what another has written since it was read", async () => {
  const caller = await newCaller();
  const id = await newEcg(caller);
  const path = `/ecg/${id}/annotations/mine`;
  const first = await put(caller, path, { items: BEATS }, { "If-None-Match": "*" });
  expect(first.status).toBe(200);
  const etag = first.headers.get("etag") ?? "";
  const read = await caller.get(path);
  expect(read.headers.get("etag")).toBe(etag);
  expect((await caller.get(path, { "If-None-Match": etag })).status).toBe(304);
  // What happens to the ECG and to others' annotations is no change of these.
  await caller.patch(`/ecg/${id}`, { note: "New" });
  await put(caller, `/ecg/${id}/annotations/other`, { items: [] });
  const asFile = (await caller.get(`${path}?format=wfdb`)).headers.get("etag") ?? "";
  expect(asFile).not.toBe(etag);

  const second = await put(caller, path, { items: BEATS.slice(1) }, { "If-Match": `W/${asFile}` });
  expect(second.status).toBe(200);
  const stale: Record<string, string>[] = [
    { "If-Match": etag },
    { "If-Match": '"x", W/"y"' },
    { "If-Match": `W/${etag}` },
    { "If-None-Match": "*" },
    { "If-None-Match": `"x", W/${second.headers.get("etag")}` },
    { "If-None-Match": (await caller.get(`${path}?format=wfdb`)).headers.get("etag") ?? "" },
  ];
  for (const headers of stale) {
    const answer = await put(caller, path, { items: [] }, headers);
    expect([answer.status, await answer.json()]).toMatchObject([412, { title: "Precondition Failed", status: 412 }]);
  }
  const erasure = await request("DELETE", path, {
    headers: { Authorization: caller.authorization, "If-Match": etag },
  });
  expect(erasure.status).toBe(412);
  expect(await (await caller.get(path)).json()).toEqual({ items: by("mine", BEATS.slice(1)) });
  expect((await put(caller, path, { items: [] }, { "If-Match": `"x", ${second.headers.get("etag")}` })).status).toBe(
    200,
  );
  expect((await put(caller, path, { items: [] }, { "If-Match": "*" })).status).toBe(200);
  expect((await put(caller, path, { items: [] }, { "If-None-Match": etag })).status).toBe(200);
  expect((await put(caller, `${path}3`, { items: [] }, { "If-None-Match": etag })).status).toBe(200);
  expect((await put(caller, `${path}2`, { items: [] }, { "If-Match": "*" })).status).toBe(412);
});

it("changes the ETag of exports, which have the annotations", async () => {
  const caller = await newCaller();
  const id = await newEcg(caller);
  const read = () => caller.get(`/ecg/${id}?format=wfdb`);
  const seen = [await read()];
  await put(caller, `/ecg/${id}/annotations/mine`, { items: BEATS });
  await put(caller, `/ecg/${id}/annotations/atr`, { items: BEATS.slice(0, 1) });
  seen.push(await read());
  await caller.delete(`/ecg/${id}/annotations/mine`);
  seen.push(await read());
  expect(new Set(seen.map(({ headers }) => headers.get("etag"))).size).toBe(3);
  const extensions = await Promise.all(
    seen.map(async (answer) => Object.keys(unzipSync(await answer.bytes())).map((name) => name.split(".").at(-1))),
  );
  expect(extensions).toEqual([
    ["hea", "dat"],
    ["hea", "dat", "atr", "mine"],
    ["hea", "dat", "atr"],
  ]);
});

it.each([
  { name: "another type", headers: { "Content-Type": "text/csv" }, body: { items: [] }, status: 415 },
  { name: "no JSON", headers: {}, body: new Uint8Array([123]), status: 400 },
  { name: "no items", headers: {}, body: {}, status: 422, path: "items" },
  { name: "an unknown field", headers: {}, body: { items: [], more: 1 }, status: 422, path: "more" },
  { name: "no time", headers: {}, body: { items: [{ code: "N" }] }, status: 422, path: "items.0.time" },
  {
    name: "a lead that is not there",
    headers: {},
    body: { items: [{ time: 1, lead: "V9" }] },
    status: 422,
    path: "items.0.lead",
  },
  {
    name: "a code with a blank",
    headers: {},
    body: { items: [{ time: 1, code: "a b" }] },
    status: 422,
    path: "items.0.code",
  },
  {
    name: "more codes of one's own than WFDB has room for",
    headers: {},
    body: { items: Array.from({ length: 9 }, (_, i) => ({ time: i, code: `own${i}` })) },
    status: 422,
    path: "items",
  },
  {
    name: "a text that is too long",
    headers: {},
    body: { items: [{ time: 1, text: "é".repeat(128) }] },
    status: 422,
    path: "items",
  },
  {
    name: "no file of WFDB",
    headers: { "Content-Type": WFDB },
    body: new Uint8Array([1]),
    status: 422,
    path: "mine, byte 0",
  },
])("refuses $name, and keeps what there is", async ({ headers, body, status, path: place }) => {
  const caller = await newCaller();
  const path = `/ecg/${await newEcg(caller)}/annotations/mine`;
  await put(caller, path, { items: BEATS });
  const answer = await put(caller, path, body, headers as Record<string, string>);
  const problem = await answer.json<{ errors?: { path: string }[] }>();
  expect([answer.status, problem.errors?.[0].path]).toEqual([status, place]);
  expect(await (await caller.get(path)).json()).toEqual({ items: by("mine", BEATS) });
});

it("takes in JSON what it gives of a file, a NUL within a text, too", async () => {
  const caller = await newCaller();
  const path = `/ecg/${await newEcg(caller)}/annotations`;
  const file = new Uint8Array([1, 0x70, 4, 0xfc, 0x28, 0, 0x4e, 0x4e, 0, 0]);
  expect((await put(caller, `${path}/mine`, file, { "Content-Type": WFDB })).status).toBe(200);
  const given = await (await caller.get(`${path}/mine`)).json<{ items: { text: string }[] }>();
  expect(given.items).toMatchObject([{ code: "+", text: "(\0NN" }]);
  expect((await put(caller, `${path}/other`, given)).status).toBe(200);
  const other = await caller.get(`${path}/other?format=wfdb`);
  expect(new Uint8Array(await other.arrayBuffer())).toEqual(file);
});

it.each(["\ud800", "a\udc00"])("refuses half of a surrogate pair in a text: %j", async (text) => {
  const caller = await newCaller();
  const items = [{ time: 1, text }];
  const answer = await put(caller, `/ecg/${await newEcg(caller)}/annotations/mine`, { items });
  expect(await answer.json()).toMatchObject({
    errors: [{ path: "items.0.text", message: "has half of a surrogate pair" }],
  });
});

it("says in one sentence what WFDB could not carry", async () => {
  const caller = await newCaller();
  const answer = await put(caller, `/ecg/${await newEcg(caller)}/annotations/mine`, {
    items: [{ time: 1, text: "é".repeat(128) }],
  });
  expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/at items: WFDB has no room .* most\.$/) });
});

it.each(["Mine", "hea", "a.b", "x".repeat(21), "insights"])("refuses an annotator of the name %s", async (name) => {
  const caller = await newCaller();
  const answer = await put(caller, `/ecg/${await newEcg(caller)}/annotations/${name}`, { items: [] });
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path: "annotator" }] }]);
});

it("times an ECG without a sampling rate by the file alone", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const path = `/ecg/${id}/annotations`;
  await put(caller, `${path}/mine`, { items: [{ time: 1.5, code: "N" }] });
  const bytes = await (await caller.get(`${path}/mine?format=wfdb`)).bytes();
  expect((await put(caller, `${path}/b`, bytes, { "Content-Type": WFDB })).status).toBe(200);
  expect(await (await caller.get(`${path}/b`)).json()).toEqual({ items: [{ time: 1.5, code: "N", annotator: "b" }] });
  // One beat a second later, and the end mark.
  const untimed = new Uint8Array([1, 4, 0, 0]);
  expect((await put(caller, `${path}/b`, untimed, { "Content-Type": WFDB })).status).toBe(422);
});

const list = (line: string): Annotation[] =>
  line.split(" ").map((word) => ({ code: word[0], time: Number(word.slice(1)) }));

it("compares beats by EC57: Se and +P, counts by class, and where the two do not agree", async () => {
  const caller = await newCaller();
  const path = `/ecg/${await newEcg(caller)}/annotations`;
  // L is a normal beat; the flutter's beat does not count; 150 ms are near enough, 154 are not.
  await put(caller, `${path}/atr`, { items: list("N1 L2 V3 A4 V5 N6 [7 ]8 N9 N10") });
  await put(caller, `${path}/new`, { items: list("N1.148 N2 V3 N4 S5 V7.5 N9 N10.152 V11") });
  const answer = await caller.get(`${path}/atr/compare?with=new`);
  const none = { N: 0, S: 0, V: 0, F: 0, Q: 0, O: 0 };
  expect([answer.status, await answer.json()]).toEqual([
    200,
    {
      reference: "atr",
      test: "new",
      beats: {
        sensitivity: 0.75,
        positive_predictivity: 0.75,
        true_positives: 6,
        false_negatives: 2,
        false_positives: 2,
      },
      ventricular: {
        sensitivity: 0.5,
        positive_predictivity: 0.5,
        true_positives: 1,
        false_negatives: 1,
        false_positives: 1,
      },
      supraventricular: {
        sensitivity: 0,
        positive_predictivity: 0,
        true_positives: 0,
        false_negatives: 1,
        false_positives: 1,
      },
      matrix: {
        N: { ...none, N: 3, O: 2 },
        S: { ...none, N: 1 },
        V: { ...none, V: 1, S: 1 },
        F: none,
        Q: none,
        O: { ...none, N: 1, V: 1 },
      },
      disagreements: {
        count: 6,
        items: [
          { time: 4, reference: "A", test: "N" },
          { time: 5, reference: "V", test: "S" },
          { time: 6, reference: "N", test: null },
          { time: 10, reference: "N", test: null },
          { time: 10.152, reference: null, test: "N" },
          { time: 11, reference: null, test: "V" },
        ],
      },
    },
  ]);
});

it("compares a window by the beats of the reference that are in it, whose partners may be outside", async () => {
  const caller = await newCaller();
  const path = `/ecg/${await newEcg(caller)}/annotations`;
  await put(caller, `${path}/atr`, { items: list("N1 N2 N3 N4") });
  await put(caller, `${path}/new`, { items: list("N1.1 N1.9 N3.1 N3.9") });
  const compare = async (query: string) =>
    (await caller.get(`${path}/atr/compare?with=new&${query}`)).json<{
      beats: object;
      disagreements: { count: number };
    }>();
  const all = { true_positives: 4, false_negatives: 0, false_positives: 0 };
  expect((await compare("")).beats).toMatchObject(all);
  const window = await compare("start=2&end=3.05");
  expect([window.beats, window.disagreements.count]).toMatchObject([{ ...all, true_positives: 2 }, 0]);
  // That of the test alone counts by its own time.
  await put(caller, `${path}/new`, { items: list("N1.5 N2.5") });
  expect((await compare("start=2&end=3")).beats).toMatchObject({
    sensitivity: 0,
    positive_predictivity: 0,
    true_positives: 0,
    false_negatives: 1,
    false_positives: 1,
  });
  expect((await compare("start=4.5")).beats).toMatchObject({ sensitivity: null, positive_predictivity: null });
});

it("compares with what was found here, unless an annotator is called so", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, toEcgJson(syntheticEcg()));
  const path = `/ecg/${id}/annotations/atr`;
  const beats = await (await caller.get(`/ecg/${id}/insights?format=wfdb`)).bytes();
  const count = readAnnotations(beats, "file", 500, []).length;
  expect(count).toBeGreaterThan(5);
  await put(caller, path, beats, { "Content-Type": WFDB });
  const answer = await caller.get(`${path}/compare?with=insights`);
  expect(await answer.json()).toMatchObject({
    test: "insights",
    beats: { sensitivity: 1, positive_predictivity: 1, true_positives: count },
    disagreements: { count: 0, items: [] },
  });
});

it.each([
  { name: "without saying with whom", path: "mine/compare", status: 422 },
  { name: "with someone unknown", path: "mine/compare?with=other", status: 422 },
  { name: "someone unknown", path: "other/compare?with=mine", status: 404 },
])("cannot compare $name", async ({ path, status }) => {
  const caller = await newCaller();
  const id = await newEcg(caller);
  await put(caller, `/ecg/${id}/annotations/mine`, { items: BEATS });
  expect((await caller.get(`/ecg/${id}/annotations/${path}`)).status).toBe(status);
});

it("lists the first thousand disagreements, and counts all", async () => {
  const caller = await newCaller();
  const path = `/ecg/${await newEcg(caller)}/annotations`;
  await put(caller, `${path}/atr`, { items: Array.from({ length: 1001 }, (_, i) => ({ time: i, code: "N" })) });
  await put(caller, `${path}/none`, { items: [] });
  const answer = await caller.get(`${path}/atr/compare?with=none`);
  const { disagreements } = await answer.json<{ disagreements: { count: number; items: { time: number }[] } }>();
  expect([disagreements.count, disagreements.items.length, disagreements.items.at(-1)?.time]).toEqual([
    1001, 1000, 999,
  ]);
});
