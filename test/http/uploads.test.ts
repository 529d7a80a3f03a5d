import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { issueToken } from "../../src/auth/tokens.ts";
import { type Caller, newCaller, request } from "../support/api.ts";
import { newSignal } from "../support/signals.ts";

const ECG = '{"subject":"P-1","leads":[{"name":"II","signal":[3,-2]}]}';

it("takes a file of a form", async () => {
  const caller = await newCaller();
  const form = new FormData();
  // More than waits in a buffer, before and behind it.
  const other = new Blob(["not for us ".repeat(20_000)]);
  form.append("files", other, "README.txt");
  form.append("files", new Blob([ECG]), "folder/ecg.json");
  form.append("files", other, "report.pdf");
  const answer = await send(caller, form);
  expect([answer.status, await answer.json()]).toMatchObject([201, { subject: "P-1", leads: [{ n_samples: 2 }] }]);
});

it.each([
  { name: "JSON", type: "application/json", body: ECG, lead: "II" },
  { name: "CSV", type: "text/csv", body: "time,V1\n0,1\n0.004,2\n0.008,3\n", lead: "V1" },
])(
  "takes $name of a form by the type that the form says, as of a blob without a name",
  async ({ type, body, lead }) => {
    const form = new FormData();
    form.append("file", new Blob([body], { type }));
    const answer = await send(await newCaller(), form);
    expect([answer.status, await answer.json()]).toMatchObject([201, { leads: [{ name: lead }] }]);
  },
);

it("takes an upload to its end that outlasts its token, and nothing more by that", async () => {
  const { user } = await newCaller();
  const token = await issueToken(env.TOKEN_SECRET, { userId: user.id, credentialsVersion: user.credentialsVersion }, 2);
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/jsonl" };
  const { readable, writable } = new IdentityTransformStream();
  const answer = request("POST", "/ecg", { headers, body: readable });
  const writer = writable.getWriter();
  const write = (text: string) => writer.write(new TextEncoder().encode(text));
  await write('{"leads":[{"name":"II","signal":[1]}]}\n');
  await scheduler.wait(3000);
  await write('{"leads":[{"name":"II","start_sample":1,"signal":[2]}]}\n');
  await writer.close();
  expect([(await answer).status, await (await answer).json()]).toMatchObject([201, { leads: [{ n_samples: 2 }] }]);
  expect((await request("GET", "/ecg", { headers })).status).toBe(401);
});

it("refuses a second recording in a form", async () => {
  const form = new FormData();
  for (const name of ["one.json", "two.json"]) form.append("files", new Blob([ECG.padEnd(100_000)]), name);
  const caller = await newCaller();
  const answer = await send(caller, form);
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path: "two.json" }] }]);
  expect(await (await caller.get("/ecg")).json()).toEqual({ items: [], next_cursor: null });
});

it.each([
  { name: "a field that is no file", fields: { timezone: "UTC" }, status: 422, errors: [{ path: "timezone" }] },
  { name: "no file", fields: {}, status: 400, detail: "The form has no file: the recording is sent as one." },
])("refuses a form with $name", async ({ fields, status, errors, detail }) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value as string);
  const answer = await send(await newCaller(), form);
  expect([answer.status, await answer.json()]).toMatchObject([status, errors ? { errors } : { detail }]);
});

it.each([
  {
    name: "a PDF",
    body: "%PDF-1.7",
    type: "application/pdf",
    status: 415,
    detail: /^No ECG is recognised: the body is a PDF, sent as application\/pdf\. What is read: json, .* and csv\.$/,
  },
  {
    name: "text",
    body: "hello",
    type: "text/plain",
    status: 415,
    detail: /^No ECG is recognised: the body is text that begins "hello", sent as text\/plain\. What is read: /,
  },
  ...["application/json", "application/edf", "application/octet-stream"].map((type) => ({
    name: `an empty body of type ${type}`,
    body: "",
    type,
    status: 400,
    detail: /^The body is empty: there is nothing to read\.$/,
  })),
  {
    name: "a form with a picture",
    body: '--a\r\nContent-Disposition: form-data; name="f"; filename="ecg.jpg"\r\n\r\n\u00ff\r\n--a--\r\n',
    type: "multipart/form-data; boundary=a",
    status: 415,
    detail: /^No ECG is recognised: ecg\.jpg is text that begins "\u00ff". What is read: /,
  },
  {
    name: "a form with an empty file",
    body: '--a\r\nContent-Disposition: form-data; name="f"; filename="ecg.edf"\r\n\r\n\r\n--a--\r\n',
    type: "multipart/form-data; boundary=a",
    status: 422,
    detail: /^ecg\.edf is empty\.$/,
  },
])("says of $name what it saw", async ({ body, type, status, detail }) => {
  const answer = await send(await newCaller(), body, { "Content-Type": type });
  expect([answer.status, await answer.json()]).toMatchObject([status, { detail: expect.stringMatching(detail) }]);
});

it.each([
  { name: "without a boundary", type: "multipart/form-data", body: "--a\r\n" },
  {
    name: "that breaks off",
    type: "multipart/form-data; boundary=a",
    body: '--a\r\nContent-Disposition: form-data; name="a"; filename="ecg.json"\r\n\r\n{',
  },
])("refuses a form $name with 400", async ({ type, body }) => {
  const answer = await send(await newCaller(), body, { "Content-Type": type });
  expect(answer.status).toBe(400);
});

it("refuses a form of more than a thousand files", async () => {
  const file = (i: number) => `--a\r\nContent-Disposition: form-data; name="f"; filename="${i}.txt"\r\n\r\nx\r\n`;
  const body = `${Array.from({ length: 1001 }, (_, i) => file(i)).join("")}--a--\r\n`;
  const answer = await send(await newCaller(), body, { "Content-Type": "multipart/form-data; boundary=a" });
  expect([answer.status, await answer.json()]).toMatchObject([
    422,
    { errors: [{ path: "file 1001", message: "is one more than the 1000 that are read" }] },
  ]);
});

it("refuses a form whose gzip breaks off with 400", async () => {
  const form = `--a\r\nContent-Disposition: form-data; name="a"; filename="ecg.json"\r\n\r\n${ECG.padEnd(200_000)}`;
  const packed = new Blob([form]).stream().pipeThrough(new CompressionStream("gzip"));
  const body = (await new Response(packed).arrayBuffer()).slice(0, 150);
  const headers = { "Content-Type": "multipart/form-data; boundary=a", "Content-Encoding": "gzip" };
  expect((await send(await newCaller(), body, headers)).status).toBe(400);
});

it("takes a recording line by line, of which no more than a piece is in memory", async () => {
  const caller = await newCaller();
  const signals = [newSignal(300_000), newSignal(300_000, 2)];
  const step = 20_000;
  const leads = (from: number, to: number) =>
    signals.map((signal, i) => ({ name: `lead ${i}`, start_sample: from, signal: [...signal.subarray(from, to)] }));
  const lines = [
    JSON.stringify({ sampling_rate: 500, leads: signals.map((_, i) => ({ name: `lead ${i}`, signal: [] })) }),
  ];
  for (let from = 0; from < 300_000; from += step) lines.push(JSON.stringify({ leads: leads(from, from + step) }));
  const body = new Blob([lines.join("\n")]).stream().pipeThrough(new CompressionStream("gzip"));
  const headers = { "Content-Type": "application/jsonl", "Content-Encoding": "gzip" };
  const answer = await send(caller, body, headers);
  const { id } = (await answer.json()) as { id: string };
  expect(answer.status).toBe(201);
  const ecg = (await (await caller.get(`/ecg/${id}`)).json()) as {
    leads: { signal: number[]; zero_crossings: number }[];
  };
  for (const [i, signal] of signals.entries()) {
    expect(ecg.leads[i].signal).toEqual([...signal]);
  }
});

it("keeps nothing of a recording whose end is wrong", async () => {
  const caller = await newCaller();
  const signal = [...newSignal(600_000)].join();
  const lines = [
    '{"sampling_rate":250,"leads":[{"name":"I","signal":[]}]}',
    `{"leads":[{"name":"I","start_sample":0,"signal":[${signal}]}]}`,
    `{"leads":[{"name":"I","start_sample":600000,"signal":[${signal}]}]}`,
    '{"leads":[{"name":"I","start_sample":1200000,"signal":[0.5]}]}',
  ];
  const answer = await send(caller, lines.join("\n"), { "Content-Type": "application/jsonl" });
  const errors = [{ path: "line 4: leads.0.signal.0", message: "0.5 is not an integer" }];
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors }]);
  expect(await (await caller.get("/ecg")).json()).toEqual({ items: [], next_cursor: null });
});

function send(caller: Caller, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return request("POST", "/ecg", { body, headers: { Authorization: caller.authorization, ...headers } });
}
