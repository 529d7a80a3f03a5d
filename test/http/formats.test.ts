import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { INSIGHTS_VERSION } from "../../src/analysis/insights.ts";
import { formats } from "../../src/formats/index.ts";
import { ecgJson } from "../../src/formats/json/ecg-json.ts";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import type { Annotation, Recording } from "../../src/recording/recording.ts";
import { type Caller, newCaller, request, storedEcg } from "../support/api.ts";
import { writeMuse } from "../support/muse-file.ts";
import { readPdf } from "../support/pdf.ts";
import { writeSchiller } from "../support/schiller-file.ts";
import { writeSierra } from "../support/sierra-file.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const RECORDED_AT = Date.parse("2026-01-31T09:30:00Z");
const OPTIONS = { name: "ecg", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" } as const;
const recording: Recording = {
  ...syntheticEcg({ seconds: 4 }),
  recordedAt: RECORDED_AT,
  subject: "P-0042",
  device: "CardioPatch 3",
};
const both = formats.filter((format) => format !== ecgJson && format.write && (format.read || format.open));

describe.each(both.map((format) => ({ id: format.id, format })))("$id", ({ format }) => {
  it("comes in as a file, whatever its type is called, and out again to the last bit", async () => {
    const caller = await newCaller();
    const file = format.write?.(recording, OPTIONS) ?? new Uint8Array(0);
    const id = await send(caller, file, "application/octet-stream");
    const read = await caller.get(`/ecg/${id}?format=${format.id}`);
    expect([read.status, read.headers.get("content-type")]).toEqual([200, format.mediaTypes[0]]);
    const again = await send(caller, await read.bytes(), format.mediaTypes[0]);
    const signals = await Promise.all([id, again].map((one) => readSignals(caller, one)));
    expect(signals).toEqual(Array(2).fill(recording.leads.map(({ samples }) => [...samples])));
  });

  it("is wanted by its media type", async () => {
    const caller = await newCaller();
    const id = await send(caller, ecgJson.write(recording), "application/json");
    for (const type of format.mediaTypes) {
      const answer = await caller.get(`/ecg/${id}`, { Accept: `image/png, ${type};q=0.5` });
      expect([answer.status, answer.headers.get("content-type"), answer.headers.get("vary")]).toEqual([
        200,
        format.mediaTypes[0],
        "Accept",
      ]);
      await answer.bytes();
    }
  });
});

it.each([
  { name: "GE MUSE XML", file: writeMuse(recording) },
  { name: "Philips Sierra XML", file: writeSierra(recording) },
  { name: "Schiller XML", file: writeSchiller(recording) },
])("reads $name by its root, to the last bit", async ({ file }) => {
  const caller = await newCaller();
  for (const type of ["application/octet-stream", "application/xml"]) {
    const id = await send(caller, file, type);
    expect(await readSignals(caller, id)).toEqual(recording.leads.map(({ samples }) => [...samples]));
  }
});

it("names the file by its date and the end of its id", async () => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(recording), "application/json");
  const answer = await caller.get(`/ecg/${id}?format=edf&timezone=Asia/Tokyo`);
  const name = `ecg-20260131-183000-${id.slice(-6)}.edf`;
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${name}"`);
});

it("names the file without a date where nobody says when it was recorded", async () => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write({ ...recording, recordedAt: null }), "application/json");
  const answer = await caller.get(`/ecg/${id}?format=edf`);
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="ecg-${id.slice(-6)}.edf"`);
});

it("draws the ECG", async () => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(recording), "application/json");
  const answer = await caller.get(`/ecg/${id}`, { Accept: "image/svg+xml" });
  expect([answer.headers.get("content-type"), answer.headers.get("content-disposition")]).toEqual([
    "image/svg+xml",
    expect.stringMatching(/^inline; filename="ecg-.*\.svg"$/),
  ]);
  expect(await answer.text()).toMatch(/^(<\?xml[^>]*>\s*)?<svg /);
});

it("draws pages with what was measured in all of the ECG, or in the window", async () => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(syntheticEcg({ heartRate: 60 })), "application/json");
  const insights = async (query: string) =>
    (await (await caller.get(`/ecg/${id}/insights${query}`)).json()) as { heart_rate: { mean: number } };
  for (const query of ["", "&start=2&end=9"]) {
    const answer = await caller.get(`/ecg/${id}?format=pdf&layout=6x2&order=cabrera&rhythm=V1,II&paper=letter${query}`);
    expect(answer.headers.get("content-type")).toBe("application/pdf");
    const { file, pages } = readPdf(await answer.bytes());
    expect(file).toContain("/MediaBox [0 0 792 612]");
    expect(pages[0].texts).toEqual(expect.arrayContaining(["−aVR", "V1"]));
    const { mean } = (await insights(query.replace("&", "?"))).heart_rate;
    const measured = pages[0].texts.filter((text) => text.includes("(unconfirmed, measured by a program)"));
    expect(measured).toEqual([expect.stringContaining(`Heart rate ${Math.round(mean)}/min · `)]);
  }
});

it.each(["layout=4x3", "speed=30", "gain=0", "paper=a3", "order=none"])("knows no drawing of %s", async (query) => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(recording), "application/json");
  expect((await caller.get(`/ecg/${id}?format=pdf&${query}`)).status).toBe(422);
});

it("gives a window of some leads in any format, with the time at which it begins", async () => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(recording), "application/json");
  const answer = await caller.get(`/ecg/${id}?format=wfdb&leads=V1,II&start=1&end=2.5`);
  const again = await send(caller, await answer.bytes(), "application/zip");
  const summary = await (await caller.get(`/ecg/${again}`)).json();
  expect(summary).toMatchObject({ date: "2026-01-31T09:30:01Z", leads: [{ name: "V1" }, { name: "II" }] });
  expect(await readSignals(caller, again)).toEqual(
    ["V1", "II"].map((name) => [
      ...(recording.leads.find((lead) => lead.name === name)?.samples ?? []).slice(500, 1250),
    ]),
  );
});

it("takes files of a form that belong together, in any order, and keeps their annotations", async () => {
  const annotations: Annotation[] = [
    { time: 0.5, code: "N" },
    { time: 1.5, code: "V", text: "early", lead: "V1", subtype: 2, number: -3 },
    { time: 3, code: "+", text: "(AFIB" },
    { time: 3.5, code: "N", annotator: "qrs" },
  ];
  const files = Object.entries(unzipSync(wfdb.write({ ...recording, annotations }, OPTIONS)));
  const caller = await newCaller();
  for (const order of [files, files.toReversed()]) {
    const form = new FormData();
    for (const [name, bytes] of order) form.append("file", new Blob([bytes]), name);
    const id = await send(caller, form);
    expect(await readSignals(caller, id)).toEqual(recording.leads.map(({ samples }) => [...samples]));
    const all = await caller.get(`/ecg/${id}/annotations`);
    expect(await all.json()).toEqual({ items: annotations });
    const some = await caller.get(`/ecg/${id}/annotations?start=1.5&end=3`);
    expect(await some.json()).toEqual({ items: [annotations[1]] });
    // Those of the window and of its leads, from its beginning on.
    const window = await caller.get(`/ecg/${id}?format=wfdb&start=1&leads=II`);
    const cut = await send(caller, await window.bytes());
    expect(await (await caller.get(`/ecg/${cut}/annotations`)).json()).toEqual({
      items: [
        { time: 2, code: "+", text: "(AFIB" },
        { time: 2.5, code: "N", annotator: "qrs" },
      ],
    });
  }
});

it.each([
  { name: "not unless it is asked for", query: "", subject: null },
  { name: "if it is asked for", query: "?keep_subject=true", subject: "P-0042" },
])("keeps what a file says of the person $name", async ({ query, subject }) => {
  const caller = await newCaller();
  const edf = formats.find(({ id }) => id === "edf")?.write?.(recording, OPTIONS) ?? new Uint8Array(0);
  const answer = await post(caller, edf, {}, query);
  expect(await answer.json()).toMatchObject({ subject, device: "CardioPatch 3", date: "2026-01-31T09:30:00Z" });
});

it("reads a time without a zone in the one that is given", async () => {
  const caller = await newCaller();
  const edf = formats.find(({ id }) => id === "edf")?.write?.(recording, OPTIONS) ?? new Uint8Array(0);
  const answer = await post(caller, edf, {}, "?timezone=America/New_York");
  expect(await answer.json()).toMatchObject({ date: "2026-01-31T14:30:00Z" });
});

it.each([
  { name: "a type that no format has", path: "", headers: { Accept: "image/png" } },
  { name: "nothing", path: "", headers: { Accept: "*/*;q=0" } },
  { name: "leads of two rates in DICOM", path: "?format=dicom", headers: {} },
  { name: "no gain in a drawing", path: "?format=svg", headers: {} },
])("says with a 406 what cannot be had: $name", async ({ path, headers }) => {
  const caller = await newCaller();
  const [first, second] = recording.leads;
  const leads = [
    { ...first, gain: null },
    { ...second, samplingRate: 250 },
  ];
  const id = await send(caller, ecgJson.write({ ...recording, leads }), "application/json");
  const answer = await caller.get(`/ecg/${id}${path}`, headers as Record<string, string>);
  expect([answer.status, await answer.json()]).toMatchObject([
    406,
    { type: "urn:problem-type:ecg-api:not-acceptable", title: "Not Acceptable", detail: expect.stringMatching(/\.$/) },
  ]);
});

it.each([
  "format=doc",
  "timezone=Mars",
  "timezone=%2B02:00",
  "units=volt",
  "units=mv",
  "format=edf&units=mv",
  "format=csv&max_points=10",
])("refuses ?%s with 422", async (query) => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(recording), "application/json");
  expect((await caller.get(`/ecg/${id}?${query}`)).status).toBe(422);
});

it.each(["timezone=Mars", "keep_subject=yes", "sampling_rate=0", "lead=II", "units=volts", "resolution=0"])(
  "refuses a POST with ?%s with 422",
  async (query) => {
    const caller = await newCaller();
    expect(
      (await post(caller, ecgJson.write(recording), { "Content-Type": "application/json" }, `?${query}`)).status,
    ).toBe(422);
  },
);

it("takes the unit of a table's numbers, and the step that they are rounded to", async () => {
  const caller = await newCaller();
  const table = new TextEncoder().encode("time,II\n2026-01-31T09:30:00.000Z,0.06\n2026-01-31T09:30:00.002Z,0.0305\n");
  const send = (query: string) => post(caller, table, { "Content-Type": "text/csv" }, query);
  expect((await send("")).status).toBe(422);
  expect(await (await send("?units=mv")).json()).toMatchObject({ leads: [{ gain: 10_000 }], notes: [] });
  expect(await (await send("?units=uv&resolution=0.02")).json()).toMatchObject({
    leads: [{ gain: 50_000 }],
    notes: ["The numbers of II are rounded to 0.02 uV, by up to 0.0095."],
  });
});

it("has a tag of its own for each format", async () => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(recording), "application/json");
  const tag = (await caller.get(`/ecg/${id}?format=edf`)).headers.get("etag") ?? "";
  expect((await caller.get(`/ecg/${id}?format=edf`, { "If-None-Match": tag })).status).toBe(304);
  expect((await caller.get(`/ecg/${id}`, { "If-None-Match": tag })).status).toBe(200);
});

it("has a tag of its own for each version of what is measured, where the file says it", async () => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(recording), "application/json");
  const tags = ["pdf", "edf"].map(async (format) =>
    (await caller.get(`/ecg/${id}?format=${format}`)).headers.get("etag"),
  );
  expect(await Promise.all(tags)).toEqual([`"1-pdf-${INSIGHTS_VERSION}"`, '"1-edf"']);
});

it("has a tag of its own for each release of FHIR", async () => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(recording), "application/json");
  const r5 = { Accept: "application/fhir+json; fhirVersion=5.0, application/fhir+json; fhirVersion=4.0; q=0.5" };
  const r4 = { Accept: "application/fhir+json; fhirVersion=5.0; q=0.5, application/fhir+json; fhirVersion=4.0" };
  const tags = [{ Accept: "application/fhir+json" }, r4, r5].map(async (headers) =>
    (await caller.get(`/ecg/${id}`, headers as Record<string, string>)).headers.get("etag"),
  );
  expect(await Promise.all(tags)).toEqual(['"1-fhir"', '"1-fhir"', '"1-fhir-r5"']);
});

it("does not answer in what is not wanted", async () => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(recording), "application/json");
  const answer = await caller.get(`/ecg/${id}`, { Accept: "application/json;q=0, application/*" });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/dicom"]);
});

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

it.each([
  { name: "a browser's", accept: BROWSER, type: "application/json" },
  { name: "a browser's that wants pictures", accept: `image/svg+xml,${BROWSER}`, type: "application/json" },
  { name: "XML before all else", accept: "application/xml, */*;q=0.1", type: "application/xml" },
  { name: "what no format is, and then one", accept: "text/plain, text/csv;q=0.5", type: "text/csv" },
  { name: "no browser's", accept: "application/xml, text/html;q=0, */*;q=0.5", type: "application/xml" },
  { name: "all but JSON", accept: "application/json;q=0", type: "application/dicom" },
  { name: "all but what is not wanted", accept: "*/*, application/*;q=0", type: "text/csv" },
  {
    name: "rather all else than JSON",
    accept: "*/*, application/json;q=0.5, text/csv;q=0.9",
    type: "application/dicom",
  },
])("answers an Accept that is $name in $type", async ({ accept, type }) => {
  const caller = await newCaller();
  const id = await send(caller, ecgJson.write(recording), "application/json");
  const answer = await caller.get(`/ecg/${id}`, { Accept: accept });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, type]);
});

it.each([
  { accept: "application/dicom, text/csv;q=0.5, */*;q=0.1", status: 200, type: "application/json" },
  { accept: "application/xml;q=0.9, */*;q=0.8", status: 200, type: "application/json" },
  { accept: "application/edf, image/svg+xml;q=0.5", status: 406, type: "application/problem+json" },
])("goes on to the next range where an ECG cannot be written in $accept: $status", async ({ accept, status, type }) => {
  const caller = await newCaller();
  // Two lengths, no gain and a gap: more than these can carry.
  const leads = [
    { name: "II", signal: [1, null, 3] },
    { name: "V1", signal: [1, 2] },
  ];
  const { id } = await storedEcg(caller, { sampling_rate: 500, leads });
  const answer = await caller.get(`/ecg/${id}`, { Accept: accept });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([status, type]);
  if (status === 406) expect((await answer.json<{ detail: string }>()).detail).toContain("EDF");
});

it("says where a file is wrong", async () => {
  const edf = formats.find(({ id }) => id === "edf")?.write?.(recording, OPTIONS) ?? new Uint8Array(0);
  const answer = await post(await newCaller(), edf.slice(0, 300), {});
  const { status, detail, errors } = await answer.json<{
    status: number;
    detail: string;
    errors: { path: string }[];
  }>();
  expect([answer.status, status, errors.length]).toEqual([422, 422, 1]);
  expect(detail).toContain(errors[0].path);
});

function post(caller: Caller, body: BodyInit, headers: Record<string, string> = {}, query = ""): Promise<Response> {
  return request("POST", `/ecg${query}`, { body, headers: { Authorization: caller.authorization, ...headers } });
}

/** The id that it gets. */
async function send(caller: Caller, body: BodyInit, type?: string): Promise<string> {
  const answer = await post(caller, body, type === undefined ? {} : { "Content-Type": type });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
  return (await answer.json<{ id: string }>()).id;
}

async function readSignals(caller: Caller, id: string): Promise<number[][]> {
  const ecg = await (await caller.get(`/ecg/${id}`)).json<{ leads: { signal: number[] }[] }>();
  return ecg.leads.map(({ signal }) => signal);
}
