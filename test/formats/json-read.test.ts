import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError, type InputError } from "../../src/errors.ts";
import { explainIssue, toInputErrors } from "../../src/formats/input-errors.ts";
import { ecgJson } from "../../src/formats/json/ecg-json.ts";
import { EcgJsonSchema } from "../../src/formats/json/schema.ts";
import { MISSING, type Recording } from "../../src/recording/recording.ts";
import { UNDESCRIBED } from "../support/new-recording.ts";
import { runs } from "../support/runs.ts";

type Outcome =
  | { code: "accepted"; recording: Recording }
  | { code: "malformed"; detail?: string }
  | { code: "invalid"; errors: InputError[] };

/** What the reader makes of it; anything thrown but the two refusals of its contract fails the test. */
function read(bytes: Uint8Array): Outcome {
  try {
    return { code: "accepted", recording: ecgJson.read(bytes) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === "malformed") return { code: "malformed", detail: error.message };
    if (error.code === "invalid") return { code: "invalid", errors: error.options.errors ?? [] };
    throw error;
  }
}

/** What `JSON.parse` and the published schema make of it. */
function readBySchema(bytes: Uint8Array): Outcome {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return { code: "malformed" };
  }
  const result = EcgJsonSchema.safeParse(value, { error: explainIssue });
  if (!result.success) return { code: "invalid", errors: toInputErrors(result.error) };
  const { date, subject, device, note, sampling_rate, open, leads } = result.data;
  const recording = {
    recordedAt: typeof date === "string" ? Date.parse(date) : null,
    subject: subject ?? null,
    device: device ?? null,
    note: note ?? null,
    isOpen: open ?? false,
    annotations: [],
    leads: leads.map((lead) => ({
      name: lead.name,
      samplingRate: (lead.sampling_rate === undefined ? sampling_rate : lead.sampling_rate) ?? null,
      samples: Int32Array.from(lead.signal, (sample) => sample ?? MISSING),
      gain: lead.gain ?? null,
      baseline: lead.baseline ?? 0,
    })),
  };
  return { code: "accepted", recording };
}

const toBytes = (text: string) => new TextEncoder().encode(text);
const readText = (text: string) => read(toBytes(text));

/** A lead's members in order, as texts of JSON. */
const lead = (members: Record<string, string> = {}) => object({ name: '"I"', signal: "[1,2]", ...members });
const ecg = (...leads: string[]) => object({ leads: `[${leads}]` });
const ecgWith = (members: Record<string, string>) => object({ leads: `[${lead()}]`, ...members });
const withSignal = (signal: string) => ecg(lead({ signal }));

function object(members: Record<string, string>): string {
  return `{${Object.entries(members).map(([key, value]) => `${JSON.stringify(key)}:${value}`)}}`;
}

/** Of the errors of a refusal; what is behind 64 characters, the reader does not say of an unknown field. */
function pathsOf(outcome: Outcome): Set<string> {
  return new Set(outcome.code === "invalid" ? outcome.errors.map((error) => error.path.slice(0, 64)) : []);
}

/** `count` members that no ECG has. */
function unknownMembers(count: number): string {
  return Array.from({ length: count }, (_, i) => `"unknown${i}":1`).join();
}

describe("reading an ECG", () => {
  it("reads all that may be said of it", () => {
    const text = `{
      "date": "2026-01-31T10:30:00.25+01:00", "sampling_rate": 500,
      "subject": "P-0042", "device": "CardioPatch 3", "note": "At rest",
      "leads": [
        { "name": "II", "n_samples": 4, "gain": 1000, "baseline": -5, "signal": [12, 15, null, -3] },
        { "name": "resp", "gain": -0.5, "sampling_rate": 31.25, "signal": [] },
        { "name": "V1", "gain": null, "sampling_rate": null, "signal": [2147483647, -2147483647] }
      ]
    }`;
    expect(readText(text)).toEqual({
      code: "accepted",
      recording: {
        recordedAt: Date.UTC(2026, 0, 31, 9, 30, 0, 250),
        subject: "P-0042",
        device: "CardioPatch 3",
        note: "At rest",
        isOpen: false,
        annotations: [],
        leads: [
          { name: "II", samplingRate: 500, samples: Int32Array.of(12, 15, MISSING, -3), gain: 1000, baseline: -5 },
          { name: "resp", samplingRate: 31.25, samples: new Int32Array(0), gain: -0.5, baseline: 0 },
          { name: "V1", samplingRate: null, samples: Int32Array.of(2147483647, -2147483647), gain: null, baseline: 0 },
        ],
      },
    });
  });

  it("passes over what only answers say", () => {
    const about = { id: "7", created_at: '"x"', duration: "null", samples_sha256: "[1]", notes: '["a", {}]' };
    const computed = { zero_crossings: "-1", samples_per_bucket: "{}", buckets: "[[1,2]]" };
    const plain = readText(ecg(lead()));
    const text = object({ ...about, leads: `[${lead(computed)}]` });
    expect(readText(text)).toEqual(plain);
    expect(readBySchema(toBytes(text))).toEqual(plain);
  });

  it("takes the window of an ECG as the samples that it has, and says so", () => {
    const text = ecg(lead({ n_samples: "9", start_sample: "4" }));
    const outcome = readText(text);
    expect(outcome).toMatchObject({
      code: "accepted",
      recording: {
        leads: [{ samples: Int32Array.of(1, 2) }],
        notes: ["These are the samples of a window of an ECG, and the date is that of all of it."],
      },
    });
    expect(readBySchema(toBytes(text)).code).toBe("accepted");
    expect(readText(ecg(lead({ n_samples: "9", start_sample: "null" }))).code).toBe("invalid");
  });

  it("takes the least that an ECG is", () => {
    expect(readText('{"leads":[{"name":"I","signal":[]}]}')).toEqual({
      code: "accepted",
      recording: {
        ...UNDESCRIBED,
        leads: [{ name: "I", samplingRate: null, samples: new Int32Array(0), gain: null, baseline: 0 }],
      },
    });
  });

  it.each([
    {
      name: "as long",
      signals: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    },
    { name: "shorter and shorter", signals: [[1, 2, 3], [4, 5], [6], []] },
    { name: "longer and longer", signals: [[], [1], [-22, 33], [4, 5, 6], [7, 8, 9, 0]] },
  ])("keeps the samples of each lead apart from those of the next ones, $name", ({ signals }) => {
    const text = ecg(...signals.map((signal, i) => lead({ name: `"${i}"`, signal: JSON.stringify(signal) })));
    const leads = signals.map((signal) => ({ samples: Int32Array.from(signal) }));
    expect(readText(text)).toMatchObject({ code: "accepted", recording: { leads } });
  });

  it.each([true, false])("takes whether it is open: %s", (open) => {
    expect(readText(ecgWith({ open: `${open}` }))).toMatchObject({ code: "accepted", recording: { isOpen: open } });
  });

  it.each(["date", "sampling_rate", "subject", "device", "note", "open"])("takes null for %s as if left out", (key) => {
    const left = readText(ecgWith({}));
    expect(left.code).toBe("accepted");
    expect(readText(ecgWith({ [key]: "null" }))).toEqual(left);
  });

  it.each(["n_samples", "gain", "baseline", "sampling_rate"])("takes null for a lead's %s as if left out", (key) => {
    const left = readText(ecg(lead()));
    expect(left.code).toBe("accepted");
    expect(readText(ecg(lead({ [key]: "null" })))).toEqual(left);
  });

  it.each(["1e-9", "-1e-9", "1e12", "-1e12"])("takes a gain of %s", (gain) => {
    const leads = [{ gain: Number(gain) }];
    expect(readText(ecg(lead({ gain })))).toMatchObject({ code: "accepted", recording: { leads } });
  });

  it("takes 64 leads", () => {
    const names = Array.from({ length: 64 }, (_, i) => `lead ${i}`);
    const outcome = readText(ecg(...names.map((name) => lead({ name: JSON.stringify(name) }))));
    expect(outcome).toMatchObject({ code: "accepted", recording: { leads: names.map((name) => ({ name })) } });
  });

  it.each([
    { signal: "[1.0, 1e2, 12E-1e1]".replace("12E-1e1", "120E-1"), samples: [1, 100, 12] },
    { signal: "[-0, 0, -0.0, 0e9]", samples: [0, 0, 0, 0] },
    { signal: "[ \t\r\n]", samples: [] },
    { signal: " \n[ 7 ,\t-8\r\n, null ] ", samples: [7, -8, MISSING] },
    {
      signal: "[2147483647,-2147483647,2147483647.0,2.147483647e9]",
      samples: [2147483647, -2147483647, 2147483647, 2147483647],
    },
    { signal: "[null,null]", samples: [MISSING, MISSING] },
    { signal: "[100000000000e-11]", samples: [1] },
  ])("reads the signal $signal", ({ signal, samples }) => {
    const leads = [{ samples: Int32Array.from(samples) }];
    expect(readText(withSignal(signal))).toMatchObject({ code: "accepted", recording: { leads } });
  });

  it.each([
    { name: "an escape in a key", text: '{"le\\u0061ds":[{"n\\u0061me":"I","sign\\u0061l":[1]}]}' },
    { name: "a byte order mark", text: `\ufeff${withSignal("[1]")}` },
    { name: "white space around everything", text: ' { "leads" : [ { "name" : "I" , "signal" : [ 1 ] } ] } \r\n\t' },
    { name: "an earlier signal of the same lead", text: ecg('{"name":"I","signal":[2,3],"signal":[1]}') },
    { name: "an earlier signal that was none", text: ecg('{"name":"I","signal":[0.5],"signal":[1]}') },
    { name: "earlier leads", text: `{"leads":[{"name":7,"x":1}],"leads":[${lead({ signal: "[1]" })}]}` },
  ])("reads the last of all there is with $name", ({ text }) => {
    const leads = [{ name: "I", samplingRate: null, samples: Int32Array.of(1), gain: null, baseline: 0 }];
    expect(readText(text)).toMatchObject({ code: "accepted", recording: { leads } });
  });

  it.each([
    { written: '"\\u0041\\n\\"\\\\\\/\\ud83d\\ude00"', note: 'A\n"\\/\u{1f600}' },
    { written: '"\u{1f600} \u2028 \ufeff \u007f"', note: "\u{1f600} \u2028 \ufeff \u007f" },
    { written: '"\ufeffat its start"', note: "\ufeffat its start" },
    { written: '""', note: "" },
  ])("reads the string $written", ({ written, note }) => {
    expect(readText(ecgWith({ note: written }))).toMatchObject({ code: "accepted", recording: { note } });
  });

  it("refuses bytes that are not UTF-8", () => {
    const [before, after] = ecgWith({ note: '"|"' }).split("|").map(toBytes);
    const bytes = Uint8Array.of(...before, 0x61, 0xe2, 0x82, 0xff, 0x62, ...after);
    expect(read(bytes)).toEqual({
      code: "malformed",
      detail: `The body is not JSON: something that is not UTF-8 at byte ${before.length}.`,
    });
  });
});

describe("refusing what is no ECG", () => {
  it.each<{ name: string; text: string; paths: string[] }>([
    { name: "a list", text: "[]", paths: [""] },
    { name: "a number", text: "7", paths: [""] },
    { name: "null", text: "null", paths: [""] },
    { name: "no leads member", text: "{}", paths: ["leads"] },
    { name: "no leads", text: '{"leads":[]}', paths: ["leads"] },
    { name: "leads that are no list", text: `{"leads":${lead()}}`, paths: ["leads"] },
    {
      name: "65 leads",
      text: ecg(...Array.from({ length: 65 }, (_, i) => lead({ name: `"${i}"` }))),
      paths: ["leads"],
    },
    { name: "a lead that is a list", text: ecg("[1,2]"), paths: ["leads.0"] },
    { name: "a lead that is null", text: ecg(lead(), "null"), paths: ["leads.1"] },
    {
      name: "an empty lead",
      text: ecg("{}"),
      paths: ["leads.0.name", "leads.0.signal"],
    },
    { name: "a lead without a name", text: ecg('{"signal":[]}'), paths: ["leads.0.name"] },
    { name: "an empty lead name", text: ecg(lead({ name: '""' })), paths: ["leads.0.name"] },
    {
      name: "a lead name of 65 characters",
      text: ecg(lead({ name: `"${"I".repeat(65)}"` })),
      paths: ["leads.0.name"],
    },
    {
      name: "a control character in a lead name",
      text: ecg(lead({ name: '"I\\u0000"' })),
      paths: ["leads.0.name"],
    },
    {
      name: "a lone surrogate in a lead name",
      text: ecg(lead({ name: '"\\ud800"' })),
      paths: ["leads.0.name"],
    },
    { name: "a blank before a lead name", text: ecg(lead({ name: '" I"' })), paths: ["leads.0.name"] },
    { name: "a no-break space behind a lead name", text: ecg(lead({ name: '"I\u00a0"' })), paths: ["leads.0.name"] },
    { name: "a lead name of a blank", text: ecg(lead({ name: '" "' })), paths: ["leads.0.name"] },
    { name: "a lead name that is a list", text: ecg(lead({ name: '["I"]' })), paths: ["leads.0.name"] },
    { name: "two leads of one name", text: ecg(lead(), lead()), paths: ["leads.1.name"] },
    {
      name: "two leads of one name, one escaped",
      text: ecg(lead(), lead({ name: '"\\u0049"' })),
      paths: ["leads.1.name"],
    },
    { name: "buckets and no signal", text: ecg('{"name":"I","buckets":[[1,2]]}'), paths: ["leads.0.signal"] },
    { name: "a missing signal", text: ecg('{"name":"I"}'), paths: ["leads.0.signal"] },
    { name: "a signal that is a string", text: withSignal('"1,2"'), paths: ["leads.0.signal"] },
    { name: "a signal that is null", text: withSignal("null"), paths: ["leads.0.signal"] },
    { name: "a signal that is an object", text: withSignal('{"0":1}'), paths: ["leads.0.signal"] },
    { name: "a fraction", text: withSignal("[1,1.5,2]"), paths: ["leads.0.signal.1"] },
    { name: "a string among the samples", text: withSignal('[1,2,"]3"]'), paths: ["leads.0.signal.2"] },
    { name: "a list among the samples", text: withSignal("[[1],2]"), paths: ["leads.0.signal.0"] },
    { name: "an object among the samples", text: withSignal("[1,{}]"), paths: ["leads.0.signal.1"] },
    { name: "true among the samples", text: withSignal("[true]"), paths: ["leads.0.signal.0"] },
    { name: "a sample above int32", text: withSignal("[2147483648]"), paths: ["leads.0.signal.0"] },
    { name: "the code of a missing sample", text: withSignal("[0,-2147483648]"), paths: ["leads.0.signal.1"] },
    { name: "a sample below int32", text: withSignal("[-2147483649]"), paths: ["leads.0.signal.0"] },
    {
      name: "a sample of twenty digits",
      text: withSignal("[12345678901234567890]"),
      paths: ["leads.0.signal.0"],
    },
    { name: "an infinite sample", text: withSignal("[1e400]"), paths: ["leads.0.signal.0"] },
    {
      name: "wrong samples in two leads",
      text: ecg(lead({ signal: "[0.5]" }), lead({ name: '"II"', signal: "[1,0.5,0.5]" })),
      paths: ["leads.0.signal.0", "leads.1.signal.1"],
    },
    {
      name: "an n_samples that is not the signal's length",
      text: ecg(lead({ n_samples: "3" })),
      paths: ["leads.0.n_samples"],
    },
    {
      name: "a negative n_samples",
      text: ecg(lead({ n_samples: "-1" })),
      paths: ["leads.0.n_samples"],
    },
    {
      name: "an n_samples that is no integer",
      text: ecg(lead({ n_samples: "1.5" })),
      paths: ["leads.0.n_samples"],
    },
    { name: "a gain of 0", text: ecg(lead({ gain: "0" })), paths: ["leads.0.gain"] },
    { name: "a gain of less than 1e-9", text: ecg(lead({ gain: "9.99e-10" })), paths: ["leads.0.gain"] },
    {
      name: "a gain of more than 1e12, of an inverted scale",
      text: ecg(lead(), lead({ name: '"II"', gain: "-1.001e12" })),
      paths: ["leads.1.gain"],
    },
    { name: "an infinite gain", text: ecg(lead({ gain: "1e400" })), paths: ["leads.0.gain"] },
    { name: "a gain that is a string", text: ecg(lead({ gain: '"1000"' })), paths: ["leads.0.gain"] },
    { name: "a baseline that is a string", text: ecg(lead({ baseline: '"0"' })), paths: ["leads.0.baseline"] },
    { name: "a sampling rate of 0", text: ecgWith({ sampling_rate: "0" }), paths: ["sampling_rate"] },
    {
      name: "a negative sampling rate of a lead",
      text: ecg(lead({ sampling_rate: "-500" })),
      paths: ["leads.0.sampling_rate"],
    },
    {
      name: "a sampling rate above a megahertz",
      text: ecgWith({ sampling_rate: "1000000.5" }),
      paths: ["sampling_rate"],
    },
    { name: "a date without a time", text: ecgWith({ date: '"2026-01-31"' }), paths: ["date"] },
    { name: "a date without an offset", text: ecgWith({ date: '"2026-01-31T09:30:00"' }), paths: ["date"] },
    { name: "a day that there is not", text: ecgWith({ date: '"2026-02-30T09:30:00Z"' }), paths: ["date"] },
    {
      name: "a date before year 0 in UTC",
      text: ecgWith({ date: '"0000-01-01T00:00:00+01:00"' }),
      paths: ["date"],
    },
    { name: "an empty subject", text: ecgWith({ subject: '""' }), paths: ["subject"] },
    {
      name: "a subject of 129 characters",
      text: ecgWith({ subject: `"${"P".repeat(129)}"` }),
      paths: ["subject"],
    },
    { name: "a device that is a number", text: ecgWith({ device: "3" }), paths: ["device"] },
    { name: "a note of 4097 characters", text: ecgWith({ note: `"${"n".repeat(4097)}"` }), paths: ["note"] },
    { name: "a NUL in a note", text: ecgWith({ note: '"\\u0000"' }), paths: ["note"] },
    {
      name: "unknown fields",
      text: ecgWith({ owner: "1", patient: '{"name":["Ada"]}' }),
      paths: ["owner", "patient"],
    },
    {
      name: "an unknown field of a lead",
      text: ecg(lead(), lead({ name: '"II"', units: '"mV"' })),
      paths: ["leads.1.units"],
    },
    { name: "a field in another case", text: ecgWith({ Leads: "[]" }), paths: ["Leads"] },
    {
      name: "a lead's field outside the leads",
      text: ecgWith({ signal: "[1]" }),
      paths: ["signal"],
    },
    {
      name: "__proto__",
      text: '{"__proto__":{"subject":"P"},"leads":[{"name":"I","signal":[]}]}',
      paths: ["__proto__"],
    },
    {
      name: "__proto__ in a lead",
      text: ecg('{"__proto__":{"signal":[1]},"name":"I"}'),
      paths: ["leads.0.signal", "leads.0.__proto__"],
    },
    {
      name: "an unknown field beside eight in leads that do not count",
      text: `{"leads":[{${unknownMembers(8)}}],"leads":[${lead({ units: '"mV"' })}]}`,
      paths: ["leads.0.units"],
    },
    {
      name: "an unknown field behind eight in leads that do not count",
      text: `{"leads":[{${unknownMembers(8)}}],"units":"mV","leads":[${lead()}]}`,
      paths: ["units"],
    },
  ])("says where $name is", ({ text, paths }) => {
    const outcome = readText(text);
    expect([outcome.code, pathsOf(outcome)]).toEqual(["invalid", new Set(paths)]);
  });

  it.each([
    { name: "a fraction", text: withSignal("[1,1.5]"), path: "leads.0.signal.1", message: "1.5 is not an integer" },
    {
      name: "an infinite sample",
      text: withSignal("[-1e400]"),
      path: "leads.0.signal.0",
      message: "-Infinity is not an integer",
    },
    {
      name: "a sample above int32",
      text: withSignal("[2147483648]"),
      path: "leads.0.signal.0",
      message: "2147483648 is not within -2147483647 to 2147483647",
    },
    {
      name: "the code of a missing sample",
      text: withSignal("[-2147483648]"),
      path: "leads.0.signal.0",
      message: "-2147483648 stands for a missing sample: send null",
    },
    {
      name: "a string among the samples",
      text: withSignal('["1"]'),
      path: "leads.0.signal.0",
      message: "expected an integer or null, found string",
    },
    {
      name: "a list among the samples",
      text: withSignal("[0,[1]]"),
      path: "leads.0.signal.1",
      message: "expected an integer or null, found an array",
    },
    {
      name: "an n_samples too large",
      text: ecg(lead({ n_samples: "3" })),
      path: "leads.0.n_samples",
      message: "the signal has 2 samples",
    },
    {
      name: "two leads of one name",
      text: ecg(lead(), lead()),
      path: "leads.1.name",
      message: 'another lead is called "I" too',
    },
    { name: "a gain of 0", text: ecg(lead({ gain: "0" })), path: "leads.0.gain", message: "must not be 0" },
    {
      name: "a gain that overflows",
      text: ecg(lead({ gain: "1e-306" })),
      path: "leads.0.gain",
      message: "must be 1e-9 to 1000000000000 in size",
    },
    ...["uV", "\u00b5V", "V", "mv", "volt", "millivolts", "microV"].map((unit) => ({
      name: `a voltage in ${unit}`,
      text: ecg(lead({ unit: JSON.stringify(unit) })),
      path: "leads.0.unit",
      message: "must be mV for a voltage, and the gain in ADC units per mV",
    })),
    {
      name: "an overview",
      text: ecg('{"name":"I","n_samples":9,"start_sample":0,"samples_per_bucket":4,"buckets":[[1,2],null,[0,0]]}'),
      path: "leads.0.signal",
      message: "is missing, and buckets are no samples: this is an overview",
    },
    { name: "an unknown field", text: ecg(lead({ units: '"mV"' })), path: "leads.0.units", message: "is not a field" },
  ])("says what is wrong with $name", ({ text, path, message }) => {
    expect(readText(text)).toEqual({ code: "invalid", errors: [{ path, message }] });
  });

  it.each(Object.keys(EcgJsonSchema.shape))("takes %s for a field, however often it is there", (field) => {
    const members = Array.from({ length: 8 }, () => `"${field}":null`).join();
    expect(pathsOf(readText(`{${members},"units":"mV","leads":[${lead()}]}`))).toEqual(new Set(["units"]));
  });

  it.each(Object.keys(EcgJsonSchema.shape.leads.element.shape))(
    "takes %s for a field of a lead, however often it is there",
    (field) => {
      const members = Array.from({ length: 8 }, () => `"${field}":null`).join();
      expect(pathsOf(readText(`{"leads":[{${members},"units":"mV","name":"II","signal":[1]}]}`))).toEqual(
        new Set(["leads.0.units"]),
      );
    },
  );

  it("names eight unknown fields and no more", () => {
    const errors = Array.from({ length: 8 }, (_, i) => ({ path: `unknown${i}`, message: "is not a field" }));
    expect(readText(`{${unknownMembers(9)},"leads":[${lead()}]}`)).toEqual({ code: "invalid", errors });
  });

  it("names the first 64 characters of an unknown field", () => {
    const errors = [{ path: "k".repeat(64), message: "is not a field" }];
    expect(readText(ecgWith({ ["k".repeat(65)]: "1" }))).toEqual({ code: "invalid", errors });
  });
});

describe("refusing what is no JSON", () => {
  it.each([
    { name: "nothing", text: "", where: "something unexpected at its end" },
    { name: "white space alone", text: " \n", where: "something unexpected at its end" },
    { name: "a word", text: "ecg", where: "something unexpected at byte 0" },
    { name: "two values", text: "{} {}", where: "something unexpected at byte 3" },
    { name: "two byte order marks", text: "\ufeff\ufeff{}", where: "something unexpected at byte 3" },
    { name: "a comma too many in an object", text: '{"leads":[],}', where: "something unexpected at byte 12" },
    { name: "a key without quotes", text: "{leads:[]}", where: "something unexpected at byte 1" },
    { name: "a key without a value", text: '{"leads"}', where: "something unexpected at byte 8" },
    { name: "an equals sign", text: '{"leads"=[]}', where: "something unexpected at byte 8" },
    { name: "a comment", text: "{/**/}", where: "something unexpected at byte 1" },
    { name: "a no-break space", text: '{\u00a0"leads":[]}', where: "something unexpected at byte 1" },
    { name: "a form feed", text: '{\f"leads":[]}', where: "something unexpected at byte 1" },
    { name: "single quotes", text: "{'leads':[]}", where: "something unexpected at byte 1" },
    { name: "a line break in a string", text: '{"note":"a\nb"}', where: "something unexpected at byte 10" },
    { name: "an unknown escape", text: '{"note":"\\x41"}', where: "a wrong escape in the string at byte 8" },
    { name: "half an escape", text: '{"note":"\\u00"}', where: "a wrong escape in the string at byte 8" },
    { name: "a string without an end", text: '{"note":"abc', where: "something unexpected at its end" },
    { name: "a number that begins with 0", text: '{"x":01}', where: "something unexpected at byte 5" },
    { name: "NaN", text: '{"x":NaN}', where: "something unexpected at byte 5" },
    { name: "a list closed as an object", text: '{"x":[1}}', where: "something unexpected at byte 7" },
  ])("says where $name is wrong", ({ text, where }) => {
    expect(readText(text)).toEqual({ code: "malformed", detail: `The body is not JSON: ${where}.` });
  });

  // The list of samples begins at byte 31.
  it.each([
    { signal: "[01]", where: "at byte 32" },
    { signal: "[00]", where: "at byte 32" },
    { signal: "[-01]", where: "at byte 32" },
    { signal: "[1.]", where: "at byte 32" },
    { signal: "[.5]", where: "at byte 32" },
    { signal: "[+1]", where: "at byte 32" },
    { signal: "[-]", where: "at byte 32" },
    { signal: "[- ]", where: "at byte 32" },
    { signal: "[-\n,1]", where: "at byte 32" },
    { signal: "[1,- ,2]", where: "at byte 34" },
    { signal: "[- 1]", where: "at byte 32" },
    { signal: "[--1]", where: "at byte 32" },
    { signal: "[1e]", where: "at byte 32" },
    { signal: "[0x1]", where: "at byte 32" },
    { signal: "[1_000]", where: "at byte 32" },
    { signal: "[NaN]", where: "at byte 32" },
    { signal: "[nul]", where: "at byte 32" },
    { signal: "[NULL]", where: "at byte 32" },
    { signal: "[1 2]", where: "at byte 34" },
    { signal: "[1;2]", where: "at byte 32" },
    { signal: "[,1]", where: "at byte 32" },
    { signal: "[1,,2]", where: "at byte 34" },
    { signal: "[1,]", where: "at byte 34" },
    { signal: "[1,\u00a02]", where: "at byte 34" },
    { signal: "[1:2]", where: "at byte 33" },
    { signal: "[1}", where: "at byte 33" },
    { signal: "[0.5,01]", where: "at byte 36" },
    { signal: "[1,2", where: "at byte 35" },
  ])("says where the signal $signal is wrong", ({ signal, where }) => {
    const detail = `The body is not JSON: something unexpected ${where}.`;
    expect(readText(withSignal(signal))).toEqual({ code: "malformed", detail });
  });

  it("refuses every truncation of a good text", () => {
    const text = `{"date":"2026-01-31T09:30:00Z","sampling_rate":500,"subject":"P-\\u0030","note":"\u{1f600}","leads":[
      {"name":"II","n_samples":4,"gain":1e3,"baseline":0.5,"signal":[12,-15,null,2147483647]},{"name":"V1","signal":[]}]}`;
    const bytes = toBytes(text);
    expect(read(bytes).code).toBe("accepted");
    const outcomes = Array.from(bytes.keys(), (length) => read(bytes.subarray(0, length)).code);
    expect(outcomes).toEqual(outcomes.map(() => "malformed"));
  });

  it("refuses good JSON that nests deeper than any ECG, to keep off the call stack's end", () => {
    const detail = "The body is not JSON: nested too deeply at byte 260.";
    expect(readText(`{"x":${"[".repeat(300)}${"]".repeat(300)}}`)).toEqual({ code: "malformed", detail });
  });
});

describe("staying quick and small on texts made to be neither", () => {
  const MEGABYTE = 1 << 20;

  it.each([
    { name: "a megabyte of open lists", text: () => "[".repeat(MEGABYTE) },
    { name: "a megabyte of open lists for a signal", text: () => withSignal("[".repeat(MEGABYTE)) },
    { name: "a megabyte of open lists in a signal", text: () => withSignal(`[${"[".repeat(MEGABYTE)}]`) },
    { name: "a megabyte of open lists in an unknown field", text: () => ecgWith({ x: "[".repeat(MEGABYTE) }) },
    { name: "a megabyte of open objects", text: () => '{"leads":'.repeat(MEGABYTE / 8) },
    { name: "a megabyte of nested lists", text: () => withSignal("[".repeat(MEGABYTE) + "]".repeat(MEGABYTE)) },
    { name: "a megabyte of a string without an end", text: () => `{"note":"${"n".repeat(MEGABYTE)}` },
    { name: "a megabyte of backslashes", text: () => `{"note":"${"\\".repeat(MEGABYTE)}` },
    { name: "a megabyte of minus signs", text: () => withSignal(`[${"-".repeat(MEGABYTE)}]`) },
    { name: "a megabyte of digits and a point", text: () => withSignal(`[${"1".repeat(MEGABYTE)}.]`) },
    { name: "a megabyte of commas", text: () => withSignal(`[${",".repeat(MEGABYTE)}]`) },
    { name: "a megabyte of spaces", text: () => withSignal(`[${" ".repeat(MEGABYTE)}`) },
  ])("takes $name for no JSON", { timeout: 5000 }, ({ text }) => {
    expect(readText(text()).code).toBe("malformed");
  });

  it.each([
    {
      name: "a lead name of a megabyte",
      text: () => ecg(lead({ name: `"${"I".repeat(MEGABYTE)}"` })),
      path: "leads.0.name",
    },
    {
      name: "a lead name of 200,000 escapes",
      text: () => ecg(lead({ name: `"${"\\u0049".repeat(200_000)}"` })),
      path: "leads.0.name",
    },
    { name: "200,000 empty leads", text: () => `{"leads":[${new Array(200_000).fill("{}")}]}`, path: "leads" },
    { name: "200,000 leads that are lists", text: () => `{"leads":[${new Array(200_000).fill("[]")}]}`, path: "leads" },
    {
      name: "200,000 unknown fields",
      text: () => `{${unknownMembers(200_000)},"leads":[${lead()}]}`,
      path: "unknown0",
    },
    {
      name: "200,000 unknown fields of a lead",
      text: () => ecg(`{${unknownMembers(200_000)},"name":"I"}`),
      path: "leads.0.unknown0",
    },
    {
      name: "an unknown field of a megabyte",
      text: () => ecgWith({ ["k".repeat(MEGABYTE)]: "1" }),
      path: "k".repeat(64),
    },
    {
      name: "200,000 values in an unknown field",
      text: () => ecgWith({ x: `[${new Array(200_000).fill('{"a":[]}')}]` }),
      path: "x",
    },
    {
      name: "a sample of a megabyte of digits",
      text: () => withSignal(`[${"1".repeat(MEGABYTE)}]`),
      path: "leads.0.signal.0",
    },
    {
      name: "200,000 lists for samples",
      text: () => withSignal(`[${new Array(200_000).fill("[]")}]`),
      path: "leads.0.signal.0",
    },
  ])("takes $name for no ECG", { timeout: 5000 }, ({ text, path }) => {
    const outcome = readText(text());
    expect(outcome.code).toBe("invalid");
    expect(outcome).toHaveProperty(
      "errors.length",
      expect.toSatisfy((count: number) => count > 0 && count < 200),
    );
    expect(outcome).toMatchObject({ errors: expect.arrayContaining([expect.objectContaining({ path })]) });
  });

  it("takes the last of 100,000 signals of a lead", { timeout: 5000 }, () => {
    const text = ecg(`{"name":"I",${new Array(100_000).fill('"signal":[1,2]')},"signal":[3]}`);
    expect(readText(text)).toMatchObject({ recording: { leads: [{ samples: Int32Array.of(3) }] } });
  });
});

describe("agreeing with JSON.parse and the schema", () => {
  const spaces = fc.oneof({ weight: 12, arbitrary: fc.constant("") }, fc.constantFrom(" ", "\n", "\t\r\n ", "  "));
  const goodNumbers = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -0x7fffffff }).map(String) },
    { weight: 4, arbitrary: fc.integer({ min: -100, max: 100 }).map(String) },
    fc.constantFrom("1.0", "1e2", "-0", "0", "0.0", "-0e5", "120E-1", "2147483647", "-2147483647", "1E+3", "20e-1"),
  );
  const oddNumbers = fc.oneof(
    fc.constantFrom("01", "-01", "00", "1.", ".5", "+1", "-", "--1", "1e", "1e400", "-1e400", "1e-400", "0x10", "1_0"),
    fc.constantFrom("2147483648", "-2147483648", "-2147483649", "9999999999", "10000000000", "12345678901234567890"),
    fc.constantFrom("NaN", "Infinity", "1 2", "- 1", "- ", "1e 2", "1.5", "-0.25", "1e-2", "", "1\u00a0"),
    fc.double().map(String),
  );
  const goodStrings = fc.constantFrom(
    '"II"',
    '"I"',
    '"V\\u0031"',
    '"V1"',
    '"\\ud83d\\ude00"',
    '"\u00e9"',
    '"a]b"',
    '"\\"\\\\\\/"',
  );
  const oddStrings = fc.oneof(
    fc.constantFrom('""', '"\\ud800"', '"\\udc00x"', '"\\u00"', '"\\x"', '"\n"', '"\\n"', '"\\u0000"', '"\\"', "'I'"),
    fc.constantFrom(`"${"n".repeat(65)}"`, '"\u007f"', '"\t"', '"unended', '"\ufeff"', '"\\', '"\\u0022"'),
    fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
  );
  const junk = fc.oneof(
    fc.constantFrom(
      "null",
      "true",
      "false",
      "nul",
      "nullx",
      "True",
      "{}",
      "[]",
      "{",
      "]",
      "[1,[2,{}]]",
      '{"a":{"b":[]}}',
    ),
    fc.constantFrom("undefined", "", ",", ":", "[null]", '["1"]', "[,]", "{,}", '{"a"}', '{"a":1,}', "/**/1", '{"":0}'),
    fc.json({ maxDepth: 4 }),
    fc.nat(60).map((depth) => "[".repeat(depth) + "]".repeat(depth)),
  );
  const anything = fc.oneof(oddNumbers, oddStrings, junk, goodNumbers, goodStrings);
  const dates = fc.constantFrom(
    '"2026-01-31T09:30:00Z"',
    '"2026-01-31T09:30:00.123456+05:30"',
    '"1969-12-31T23:59:59.9-12:00"',
  );

  /** With `odds` in a hundred, something that may not belong there. */
  const or = (odds: number, good: fc.Arbitrary<string>, odd: fc.Arbitrary<string> = anything): fc.Arbitrary<string> =>
    odds === 0 ? good : fc.oneof({ weight: 100 - odds, arbitrary: good }, { weight: odds, arbitrary: odd });
  const optional = (value: fc.Arbitrary<string>) => fc.option(value, { nil: undefined });
  const padded = (value: fc.Arbitrary<string>) => fc.tuple(spaces, value, spaces).map((parts) => parts.join(""));
  const list = (element: fc.Arbitrary<string>, size: fc.ArrayConstraints) =>
    fc.array(padded(element), size).map((elements) => `[${elements}]`);

  /** An object of these members, in any order; those without a value are left out. */
  function members(odds: number, values: Record<string, fc.Arbitrary<string | undefined>>): fc.Arbitrary<string> {
    const known = Object.entries(values).map(([key, value]) => {
      const keys = or(
        odds,
        fc.constantFrom(`"${key}"`, `"${key}"`, `"\\u00${key.charCodeAt(0).toString(16)}${key.slice(1)}"`),
      );
      return fc.tuple(padded(keys), value).map(([key, value]) => (value === undefined ? [] : [`${key}:${value}`]));
    });
    const keys = fc.constantFrom(
      '"__proto__"',
      '"x"',
      '"constructor"',
      '"name"',
      '"signal"',
      '"leads"',
      '"n_samples"',
      '"date"',
    );
    const more = fc.array(
      fc.tuple(keys, anything).map((pair) => pair.join(":")),
      { maxLength: odds === 0 ? 0 : 2 },
    );
    return fc
      .tuple(fc.tuple(...known), fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, more))
      .chain(([known, more]) =>
        fc.shuffledSubarray([...known.flat(), ...more], { minLength: known.flat().length + more.length }),
      )
      .map((texts) => `{${texts}}`);
  }

  function leads(odds: number): fc.Arbitrary<string> {
    const signal = or(
      odds,
      list(or(odds, fc.oneof({ weight: 5, arbitrary: goodNumbers }, fc.constant("null"))), { maxLength: 8 }),
    );
    const number = or(odds, fc.constantFrom("1", "200", "0.5", "1e3"));
    const lead = (name: fc.Arbitrary<string>) =>
      members(odds, {
        name: odds === 0 ? name : or(odds, name),
        signal: odds === 0 ? signal : fc.option(signal, { nil: undefined, freq: 50 }),
        gain: optional(or(odds, fc.constantFrom("1000", "-2.5", "null"))),
        baseline: optional(number),
        sampling_rate: optional(number),
        n_samples: odds === 0 ? fc.constant(undefined) : fc.option(fc.nat(3).map(String), { nil: undefined, freq: 4 }),
      });
    const own = fc.constantFrom('"I"', '"II"', '"\\u0056"', '"a]b"', '"\u00e9"');
    if (odds > 0) return list(or(odds, lead(fc.oneof(own, goodStrings))), { maxLength: 4 });
    return fc
      .uniqueArray(own, { minLength: 1, maxLength: 4 })
      .chain((names) => fc.tuple(...names.map((name) => lead(fc.constant(name)))).map((leads) => `[${leads}]`));
  }

  const ecgs = fc.constantFrom(0, 0, 2, 10).chain((odds) =>
    padded(
      members(odds, {
        leads: or(odds, leads(odds)),
        date: optional(or(odds, dates)),
        sampling_rate: optional(or(odds, fc.constantFrom("500", "0.1", "null"))),
        subject: optional(or(odds, goodStrings)),
        device: optional(or(odds, goodStrings)),
        note: optional(or(odds, goodStrings)),
      }),
    ),
  );

  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const smallChange = fc.oneof(
    fc.tuple(place, fc.nat(255)).map(
      ([at, byte]) =>
        (bytes: Uint8Array) =>
          splice(bytes, at, 1, [byte]),
    ),
    fc.tuple(place, fc.constantFrom(...'[]{},:"\\ 0-.eE')).map(
      ([at, character]) =>
        (bytes: Uint8Array) =>
          splice(bytes, at, 0, [character.charCodeAt(0)]),
    ),
    fc.tuple(place, fc.integer({ min: 1, max: 3 })).map(
      ([at, count]) =>
        (bytes: Uint8Array) =>
          splice(bytes, at, count, []),
    ),
    place.map((at) => (bytes: Uint8Array) => bytes.slice(0, at * bytes.length)),
    fc.constant((bytes: Uint8Array) => splice(bytes, 0, 0, [0xef, 0xbb, 0xbf])),
    fc.uint8Array({ maxLength: 4 }).map((more) => (bytes: Uint8Array) => splice(bytes, 1, 0, [...more])),
  );
  const changes = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(smallChange, { minLength: 1, maxLength: 3 }) },
  );
  const texts = fc
    .tuple(ecgs, changes)
    .map(([text, changes]) => changes.reduce((bytes, change) => change(bytes), toBytes(text)));

  /** `at` goes from 0, the start, to 1, the end. */
  function splice(bytes: Uint8Array, at: number, removed: number, added: number[]): Uint8Array<ArrayBuffer> {
    const start = Math.floor(at * bytes.length);
    return Uint8Array.of(...bytes.subarray(0, start), ...added, ...bytes.subarray(start + removed));
  }

  const seen = { accepted: 0, malformed: 0, invalid: 0 };
  const RUNS = runs(5000);

  function expectAgreement(bytes: Uint8Array) {
    const [actual, expected] = [read(bytes), readBySchema(bytes)];
    seen[expected.code]++;
    expect(actual.code).toBe(expected.code);
    if (actual.code === "accepted" && expected.code === "accepted")
      expect(actual.recording).toEqual(expected.recording);
    const named = pathsOf(actual);
    expect(named.size > 0).toBe(expected.code === "invalid");
    expect([...named.difference(pathsOf(expected))]).toEqual([]);
  }

  it("accepts and refuses the same texts, and takes the same ECGs from them", () => {
    fc.assert(fc.property(texts, expectAgreement), { numRuns: RUNS });
  });

  it("accepts and refuses the same signals, put together from parts of numbers", () => {
    const parts = fc.constantFrom(
      ..."0123456789",
      ..."--..eE+,,,,,,    \n\t",
      "null",
      "null",
      "21474836",
      '"',
      "[",
      "{}",
    );
    const signals = fc.array(parts, { maxLength: 8 }).map((parts) => toBytes(withSignal(`[${parts.join("")}]`)));
    fc.assert(fc.property(signals, expectAgreement), { numRuns: 2 * RUNS });
  });

  it("has seen enough of each outcome to say so", () => {
    expect(Math.min(seen.accepted, seen.malformed, seen.invalid)).toBeGreaterThan(RUNS / 10);
  });
});

describe("reading signals of several pieces", () => {
  /** As in samples-text.ts: the first piece begins with the first signal. */
  const PIECE_BYTES = 2 ** 18;
  /** The longest element below is cut at every place by one of so many shifts. */
  const shifts = Array.from({ length: 24 }, (_, shift) => ({ shift, pad: " ".repeat(shift) }));
  const elements = ["0", "-7", "123456789", "-2147483647", "null", " 45 ", "1e2", "\n-0.0", "99999", "2147483647.0"];
  const SAMPLES = 2 * Math.ceil(PIECE_BYTES / (elements.join().length / elements.length));
  const list = Array.from({ length: SAMPLES }, (_, i) => elements[(i * 7 + Math.floor(i / 10)) % elements.length]);
  const samples = Int32Array.from(JSON.parse(`[${list}]`), (sample: number | null) => sample ?? MISSING);

  it.each(shifts)("reads what is cut $shift bytes later", ({ pad }) => {
    const text = ecg(lead({ name: '"I"', signal: `[${pad}${list}]` }), lead({ name: '"II"', signal: "[ -8 ]" }));
    const outcome = readText(text);
    const [first, second] = outcome.code === "accepted" ? outcome.recording.leads : [];
    expect([first?.samples.length, second?.samples]).toEqual([samples.length, Int32Array.of(-8)]);
    // One by one: nobody reads the difference of two long lists.
    expect(first?.samples.findIndex((sample, i) => sample !== samples[i])).toBe(-1);
  });

  it.each(shifts)("finds what is no sample where a piece ends, $shift bytes from there", ({ shift }) => {
    const before = "1,".repeat((PIECE_BYTES - shift) / 2);
    const start = withSignal("[").indexOf("[", 30) + 1 + before.length;
    const detail = `The body is not JSON: something unexpected at byte ${start}.`;
    expect(readText(withSignal(`[${before}12345x]`))).toEqual({ code: "malformed", detail });
    expect(readText(withSignal(`[${before}012,3]`))).toEqual({ code: "malformed", detail });
    expect(readText(withSignal(`[${before}2.5,3]`))).toMatchObject({
      code: "invalid",
      errors: [{ path: `leads.0.signal.${before.length / 2}` }],
    });
  });
});
