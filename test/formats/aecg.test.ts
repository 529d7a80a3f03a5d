import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aecg } from "../../src/formats/aecg/aecg.ts";
import type { WriteOptions } from "../../src/formats/format.ts";
import { MISSING, type Recording } from "../../src/recording/recording.ts";
import { expectNoHarm } from "../support/fuzz.ts";
import { newRecording } from "../support/new-recording.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const WRITE: WriteOptions = { name: "ecg", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" };
const TIME = `<code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS"><head value="20260131093000.250"/><increment value="2" unit="ms"/></value>`;
const SCALE = `<origin value="0" unit="uV"/><scale value="2.5" unit="uV"/>`;

describe("reading", () => {
  it("gives what the file says", () => {
    const text = `<?xml version="1.0"?><!-- of a device -->
      <AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
        <effectiveTime><center value="20260101"/></effectiveTime>
        <componentOf><timepointEvent><componentOf><subjectAssignment><subject><trialSubject>
          <id root="1.2.3" extension="SBJ-123"/>
          <subjectDemographicPerson><name>Clark</name></subjectDemographicPerson>
        </trialSubject></subject></subjectAssignment></componentOf></timepointEvent></componentOf>
        <component><series>
          <code code="RHYTHM"/>
          <effectiveTime><low value="20260102"/></effectiveTime>
          <author><seriesAuthor>
            <manufacturedSeriesDevice>
              <id extension="7"/><manufacturerModelName> M-1 </manufacturerModelName><softwareName>5.3</softwareName>
            </manufacturedSeriesDevice>
            <manufacturerOrganization><name>Heart &amp; Sons</name></manufacturerOrganization>
          </seriesAuthor></author>
          <component><sequenceSet>
            ${sequence(TIME)}
            ${lead("MDC_ECG_LEAD_AVF", `${SCALE}<digits>1 -2\n\t3\r\n+4 2147483647</digits>`)}
            ${lead("MDC_ECG_LEAD_V3R", `<origin value="-1.5" unit="mV"/><scale value="5" unit="uV"/><digits>0</digits>`)}
          </sequenceSet></component>
          <derivation><derivedSeries><component><sequenceSet>
            ${lead("MDC_ECG_LEAD_I", `${SCALE}<digits>9</digits>`)}
          </sequenceSet></component></derivedSeries></derivation>
        </series></component>
      </AnnotatedECG>`;
    expect(read(text)).toEqual({
      recordedAt: Date.UTC(2026, 0, 31, 9, 30, 0, 250),
      subject: "SBJ-123",
      device: "Heart & Sons M-1 5.3 7",
      note: null,
      isOpen: false,
      annotations: [],
      leads: [
        { name: "aVF", samplingRate: 500, samples: Int32Array.of(1, -2, 3, 4, 2147483647), gain: 400, baseline: 0 },
        { name: "V3R", samplingRate: 500, samples: Int32Array.of(0), gain: 200, baseline: 300 },
      ],
      notes: ["Series that are no rhythm, or not the first, were not read: 1."],
    });
  });

  it("takes the person's id where Mindray has it, and says which filters were on", () => {
    const person = `<componentOf><timepointEvent><componentOf><subjectAssignment><subject><trialSubject><subjectDemographicPerson>
      <name>Clark</name><PatientID>250</PatientID></subjectDemographicPerson></trialSubject></subject></subjectAssignment></componentOf></timepointEvent></componentOf>`;
    const control = (filter: string, value: string) =>
      `<controlVariable><controlVariable><code code="MDC_ECG_CTL_VBL_ATTR_${filter}"/><component><controlVariable>
        <code code="MDC_ECG_CTL_VBL_ATTR_FILTER_CUTOFF_FREQ"/>${value}</controlVariable></component></controlVariable></controlVariable>`;
    const controls = [
      control("FILTER_LOW_PASS", `<value xsi:type="PQ" value="35" unit="Hz"/>`),
      control("FILTER_NOTCH", ""),
      control("GAIN", `<value value="10" unit="mm/mV"/>`),
    ];
    const text = file(set(sequence(TIME), lead()));
    const { subject, notes } = read(
      text.replace("<component><series>", `${person}<component><series><code code="RHYTHM"/>${controls.join("")}`),
    );
    expect([subject, notes]).toEqual(["250", ["The filters that were on are not kept: LOW_PASS 35 Hz, NOTCH."]]);
  });

  it.each([
    { name: "a prefix", text: file(set(sequence(TIME), lead())).replaceAll(/<(\/?)(?=\w)/g, "<$1h:") },
    { name: "no namespace", text: file(set(sequence(TIME), lead())).replace(/ xmlns="[^"]*"/, "") },
    { name: "a byte order mark", text: `\ufeff${file(set(sequence(TIME), lead()))}` },
    {
      name: "a wrong UTF-16 in the declaration",
      text: `<?xml version="1.0" encoding="utf-16"?>${file(set(sequence(TIME), lead()))}`,
    },
    {
      name: "digits cut by a comment and CDATA",
      text: file(set(sequence(TIME), lead("MDC_ECG_LEAD_II", `${SCALE}<digits>1 <!-- 9 --><![CDATA[2]]> 3</digits>`))),
    },
  ])("takes $name", ({ text }) => {
    expect(read(text).leads).toEqual([
      { name: "II", samplingRate: 500, samples: Int32Array.of(1, 2, 3), gain: 400, baseline: 0 },
    ]);
  });

  it.each([
    { encoding: "iso-8859-1", encode: (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0)) },
    {
      encoding: "utf-16",
      encode: (text: string) => new Uint8Array(Uint16Array.from(`\ufeff${text}`, (c) => c.charCodeAt(0)).buffer),
    },
  ])("is in $encoding", ({ encoding, encode }) => {
    const text = `<?xml version="1.0" encoding="${encoding}"?>${file(set(sequence(TIME), lead('X" displayName="Ableitung f\u00fcr R')))}`;
    const bytes = encode(text);
    expect(aecg.detect(bytes)).toBe(true);
    expect(aecg.read(bytes, { timeZone: "UTC" }).leads[0].name).toBe("Ableitung f\u00fcr R");
  });

  it("has up to 16 missing samples for each that is there, between sequence sets", () => {
    const late = TIME.replace("00.250", "00.448");
    const [{ samples }] = read(file(set(sequence(TIME), lead()) + set(sequence(late), lead()))).leads;
    expect([samples.length, samples.filter((sample) => sample !== MISSING)]).toEqual([
      102,
      Int32Array.of(1, 2, 3, 1, 2, 3),
    ]);
  });

  it.each([
    { code: "MDC_ECG_LEAD_AVR", name: "aVR" },
    { code: "MDC_ECG_LEAD_aVL", name: "aVL" },
    { code: "MDC_ECG_ELEC_POTL_AVF", name: "aVF" },
    { code: "MDC_ECG_ELEC_POTL_V9", name: "V9" },
    { code: "131389", name: "III" },
    { code: "2:61", name: "III" },
    { code: 'MDC_ECG_LEAD_V7" displayName="Lead V7', name: "V7" },
    { code: 'ACME_ECG_LEAD_V3R" displayName=" right V3 ', name: "right V3" },
    { code: "ACME_ECG_LEAD_V3R", name: "V3R" },
  ])("calls a lead of code $code $name", ({ code, name }) => {
    expect(read(file(set(sequence(TIME), lead(code)))).leads[0].name).toBe(name);
  });

  it.each([
    { unit: "s", value: "0.002", rate: 500 },
    { unit: "us", value: "2000", rate: 500 },
    { unit: "ms", value: "2.7778", rate: 360 },
    { unit: "ms", value: "2.777777777777778", rate: 360 },
    { unit: "ms", value: "3", rate: 1000 / 3 },
    { unit: "s", value: "7.8125e-3", rate: 128 },
  ])("samples $value $unit apart are of $rate Hz", ({ unit, value, rate }) => {
    const time = TIME.replace(`value="2" unit="ms"`, `value="${value}" unit="${unit}"`);
    expect(read(file(set(sequence(time), lead()))).leads[0].samplingRate).toBe(rate);
  });

  it.each([
    { scale: `<origin value="1" unit="mV"/><scale value="0.0025" unit="mV"/>`, gain: 400, baseline: -400 },
    { scale: `<origin value="0.001" unit="V"/><scale value="-2.5" unit="uV"/>`, gain: -400, baseline: 400 },
    { scale: `<origin value="10" unit="nV"/><scale value="5" unit="nV"/>`, gain: 200_000, baseline: -2 },
    { scale: `<scale value="4.88" unit="uV"/>`, gain: 1000 / 4.88, baseline: 0 },
    { scale: `<origin value="6"/><scale value="3"/>`, gain: null, baseline: -2 },
    { scale: `<origin value="6" unit="mm"/><scale value="3" unit="mV"/>`, gain: null, baseline: -2 },
    { scale: "", gain: null, baseline: 0 },
    {
      scale: `<origin value="6" unit="mm[Hg]"/><scale value="3" unit="mm[Hg]"/>`,
      gain: 1 / 3,
      baseline: -2,
      unit: "mmHg",
    },
    { scale: `<scale value="0.5" unit="%"/>`, gain: 2, baseline: 0, unit: "%" },
    { scale: `<origin value="6" unit="mV"/><scale value="3" unit="%"/>`, gain: null, baseline: -2 },
    { scale: `<scale value="3" unit="1"/>`, gain: null, baseline: 0 },
  ])("$scale is a gain of $gain with $baseline at 0 mV", ({ scale, gain, baseline, unit }) => {
    const text = file(set(sequence(TIME), lead("MDC_ECG_LEAD_II", `${scale}<digits>1</digits>`)));
    expect(read(text).leads[0]).toMatchObject({ gain, baseline });
    expect(read(text).leads[0].unit).toBe(unit);
  });

  it.each([
    { scale: `<scale value="2.5"/>`, isTold: true },
    { scale: `<scale value="2.5" unit="counts"/>`, isTold: true },
    { scale: `<scale value="1"/>`, isTold: false },
    { scale: `<scale value="2.5" unit="uV"/>`, isTold: false },
  ])("says that it takes no gain from $scale: $isTold", ({ scale, isTold }) => {
    const { notes } = read(file(set(sequence(TIME), lead("MDC_ECG_LEAD_II", `${scale}<digits>1</digits>`))));
    const note = 'The scale of "II" is of no unit that is known: no gain is taken from it.';
    expect(notes).toEqual(isTold ? [note] : undefined);
  });

  it.each([
    { head: "20260131093000.250+0100", instant: "2026-01-31T08:30:00.250Z" },
    { head: "20260131093000-0330", instant: "2026-01-31T13:00:00.000Z" },
    { head: "20260131093000+2", instant: "2026-01-31T07:30:00.000Z" },
    { head: "20260731093000", instant: "2026-07-31T07:30:00.000Z" },
    { head: "202601310930", instant: "2026-01-31T08:30:00.000Z" },
    { head: "20260131093000.5Z", instant: "2026-01-31T09:30:00.500Z" },
    { head: "2026-01-31T09:30:00.25Z", instant: "2026-01-31T09:30:00.250Z" },
    { head: "2026-01-31T09:30:00-03:30", instant: "2026-01-31T13:00:00.000Z" },
    { head: "2026-07-31T09:30", instant: "2026-07-31T07:30:00.000Z" },
    { head: "2026-01-31", instant: "2026-01-30T23:00:00.000Z" },
    { head: "20260131", instant: "2026-01-30T23:00:00.000Z" },
    { head: "2026", instant: "2025-12-31T23:00:00.000Z" },
  ])("a recording of $head in Berlin began at $instant", ({ head, instant }) => {
    const text = file(set(sequence(TIME.replace("20260131093000.250", head)), lead()));
    expect(toIso(read(text, { timeZone: "Europe/Berlin" }))).toBe(instant);
  });

  it.each([
    {
      name: "the series",
      before: `<effectiveTime><low value="20260102"/></effectiveTime>`,
      instant: "2026-01-02T00:00:01.500Z",
    },
    {
      name: "a point in time of the series",
      before: `<effectiveTime value="20260102"/>`,
      instant: "2026-01-02T00:00:01.500Z",
    },
    { name: "nothing", before: `<effectiveTime nullFlavor="UNK"/>`, instant: null },
  ])("dates times that are relative by $name", ({ before, instant }) => {
    const time = `<code code="TIME_RELATIVE"/><value><head value="1.5" unit="s"/><increment value="2" unit="ms"/></value>`;
    expect(toIso(read(file(set(sequence(time), lead()), before)))).toBe(instant);
  });

  it("takes the whole ECG's date when the series has none", () => {
    const time = TIME.replace("ABSOLUTE", "RELATIVE").replace("20260131093000.250", "0");
    const text = file(set(sequence(time), lead())).replace(
      "<component>",
      `<effectiveTime><low value="20260102"/></effectiveTime><component>`,
    );
    expect(toIso(read(text))).toBe("2026-01-02T00:00:00.000Z");
  });

  it("says so where the date that is taken has no time of day", () => {
    const bare = (date: string) => [`The file says no time of day, but ${date}: the beginning of that is taken.`];
    const absolute = (head: string) => sequence(TIME.replace("20260131093000.250", head));
    const effective = `<effectiveTime><low value="20260102"/></effectiveTime>`;
    expect(read(file(set(absolute("20260131+0100"), lead()))).notes).toEqual(bare("20260131+0100"));
    expect(read(file(set(absolute("2026-01-31"), lead()))).notes).toEqual(bare("2026-01-31"));
    expect(read(file(set(absolute("2026-01-31T09:30"), lead()))).notes).toBeUndefined();
    expect(read(file(set(lead()), effective)).notes).toEqual(bare("20260102"));
    expect(read(file(set(absolute("2026013109"), lead()), effective)).notes).toBeUndefined();
  });

  it("takes no date from an effective time that is none, with a note", () => {
    const zeros = `<effectiveTime><low value="00000000000000"/></effectiveTime>`;
    const unclear = 'The time "00000000000000" is not understood: no date is taken from it.';
    const ahead = `<effectiveTime><low value="20260131093000+2600"/></effectiveTime>`;
    expect(read(file(set(lead()), ahead))).toMatchObject({
      recordedAt: null,
      notes: ['The time "20260131093000+2600" is not understood: no date is taken from it.'],
    });
    const dated = read(file(set(sequence(TIME), lead()), zeros));
    expect([toIso(dated), dated.notes]).toEqual(["2026-01-31T09:30:00.250Z", [unclear]]);
    const undated = read(file(set(lead()), zeros));
    expect([toIso(undated), undated.notes]).toEqual([null, [unclear]]);
    const whole = file(set(lead()), zeros).replace(
      "<component>",
      `<effectiveTime><low value="20260102030405"/></effectiveTime><component>`,
    );
    expect([toIso(read(whole)), read(whole).notes]).toEqual(["2026-01-02T03:04:05.000Z", [unclear]]);
  });

  it("takes the rate and the name of the person where there is no better", () => {
    const text = file(set(lead())).replace(
      "<component>",
      `<componentOf><timepointEvent><componentOf><subjectAssignment><subject><trialSubject><id nullFlavor="UNK"/><subjectDemographicPerson>
       <name><given>Ann</given><family>Lee</family></name></subjectDemographicPerson></trialSubject></subject></subjectAssignment></componentOf></timepointEvent></componentOf><component>`,
    );
    const { leads, subject } = read(text, { samplingRate: 250 });
    expect([subject, leads[0].samplingRate]).toEqual(["Ann Lee", 250]);
    expect(read(text).leads[0].samplingRate).toBeNull();
  });

  it("passes over representative beats", () => {
    const beat = file(set(sequence(TIME), lead("MDC_ECG_LEAD_V1"))).replace("RHYTHM", "REPRESENTATIVE_BEAT");
    const rhythm = file(set(sequence(TIME), lead()));
    const [series] = /<component><series>.*<\/series><\/component>/s.exec(rhythm) ?? [];
    const { leads, notes } = read(beat.replace("</AnnotatedECG>", `${series}${series}</AnnotatedECG>`));
    expect(leads.map(({ name }) => name)).toEqual(["II"]);
    expect(notes).toEqual(["Series that are no rhythm, or not the first, were not read: 2."]);
  });

  it("puts sequence sets of other times where they belong", () => {
    const at = (seconds: string) => TIME.replace("093000.250", seconds).replace(`"2" unit="ms"`, `"1" unit="s"`);
    const text = file(
      set(
        sequence(at("093002")),
        lead("MDC_ECG_LEAD_V1", `${SCALE}<digits>1 2</digits>`),
        lead("MDC_ECG_LEAD_II", `${SCALE}<digits>7</digits>`),
      ) +
        set(sequence(at("093000")), lead("MDC_ECG_LEAD_II", `${SCALE}<digits>5</digits>`)) +
        set(sequence(at("093002")), lead("MDC_ECG_LEAD_II", `${SCALE}<digits>8</digits>`)),
    );
    const { recordedAt, leads } = read(text);
    expect(recordedAt).toBe(Date.UTC(2026, 0, 31, 9, 30));
    expect(leads.map(({ name, samples }) => [name, ...samples])).toEqual([
      ["II", 5, MISSING, 7],
      ["V1", MISSING, MISSING, 1, 2],
      ["II", MISSING, MISSING, 8],
    ]);
  });

  it("gives the leads that are wanted, in that order", () => {
    const text = file(set(sequence(TIME), ...["I", "II", "V9"].map((name) => lead(`MDC_ECG_LEAD_${name}`))));
    expect(read(text, { leads: ["V9", "i"] }).leads.map(({ name }) => name)).toEqual(["V9", "I"]);
    expect(() => read(text, { leads: ["V1"] })).toThrow('sequence: there is no lead "V1"');
  });

  it.each([
    { name: "what is no XML", text: "ECG", error: "line 1: text data outside of root node" },
    { name: "an empty file", text: "", error: "line 1: document must contain a root element" },
    { name: "another document", text: "<a/>", error: "line 1: the root is a, not AnnotatedECG" },
    {
      name: "a document type",
      text: `<!DOCTYPE AnnotatedECG [\n<!ENTITY a "b">]>${file("")}`,
      error: "line 2: a document type is not taken",
    },
    { name: "an entity", text: file("&lol;"), error: "line 1: undefined entity" },
    { name: "a wrong end tag", text: file("\n</set>"), error: "line 2: unexpected close tag" },
    { name: "an end too soon", text: file("").slice(0, -1), error: "line 1: unclosed tag: AnnotatedECG" },
    { name: "deep nesting", text: file("<a>".repeat(70)), error: "line 1: elements are nested more than 64 deep" },
    {
      name: "many attributes",
      text: file(`<a ${Array.from({ length: 33 }, (_, i) => `b${i}=""`).join(" ")}/>`),
      error: "line 1: an element has more than 32 attributes",
    },
    {
      name: "a long name",
      text: file(`<${"a".repeat(129)}/>`),
      error: "line 1: the name of an element has more than 128 characters",
    },
    {
      name: "many tags",
      text: file("<a/>".repeat(1_000_001)),
      error: "line 1: there are more than 1000000 tags and references",
    },
    {
      name: "many references",
      text: file("&#65;".repeat(1_000_001)),
      error: "line 1: there are more than 1000000 tags and references",
    },
    {
      name: "a long prolog",
      text: `<!-- ${"x".repeat(400_000)} -->${file("")}`,
      error: "line 1: there is no element in the first 262144 bytes",
    },
    { name: "no series", text: `<AnnotatedECG/>`, error: "component: there is no series of a rhythm" },
    {
      name: "a fraction among the digits",
      text: file(set(sequence(TIME), lead("I", `<digits>1\n2\n2.5</digits>`))),
      error: 'line 3: the digits have "2.5", which is no integer of 32 bits',
    },
    {
      name: "a digit beyond 32 bits",
      text: file(set(sequence(TIME), lead("I", `<digits>-2147483648</digits>`))),
      error: 'line 1: the digits have "-2147483648"',
    },
    {
      name: "elements among the digits",
      text: file(set(sequence(TIME), lead("I", `<digits>1<d/>2</digits>`))),
      error: "line 1: digits are not made of elements",
    },
    {
      name: "a lead with no digits",
      text: file(set(sequence(TIME), lead("I", `<head value="1"/><increment value="1"/>`))),
      error: "line 1: a lead is read from digits, and there are none",
    },
    {
      name: "a scale of 0",
      text: file(set(sequence(TIME), lead("I", `<scale value="0" unit="uV"/><digits>1</digits>`))),
      error: "line 1: a scale of 0 makes all samples equal",
    },
    {
      name: "a scale that is no number",
      text: file(set(sequence(TIME), lead("I", `<scale value="1,5" unit="uV"/><digits>1</digits>`))),
      error: 'line 1: "1,5" is no number',
    },
    {
      name: "times one by one",
      text: file(set(sequence(`<code code="TIME_ABSOLUTE"/><value xsi:type="SLIST_TS"/>`), lead())),
      error: "line 1: the times of samples are read from an increment, and there is none",
    },
    {
      name: "an increment in no unit of time",
      text: file(set(sequence(TIME.replace(`unit="ms"`, `unit="mV"`)), lead())),
      error: "line 1: 2 mV is no time between samples",
    },
    {
      name: "an increment of 0",
      text: file(set(sequence(TIME.replace(`"2"`, `"0"`)), lead())),
      error: "line 1: 0 ms is no time between samples",
    },
    {
      name: "a month 13",
      text: file(set(sequence(TIME.replace("20260131", "20261331")), lead())),
      error: 'line 1: "20261331093000.250" is no time',
    },
    {
      name: "a date in words",
      text: file(set(sequence(TIME.replace("20260131093000.250", "today")), lead())),
      error: 'line 1: "today" is no time',
    },
    {
      name: "sequence sets years apart",
      text: file(set(sequence(TIME), lead()) + set(sequence(TIME.replace("2026", "2036")), lead())),
      error: "sequenceSet: 157766399997 samples are missing between 6 that are there",
    },
    {
      name: "more than 16 missing samples for each that is there",
      text: file(set(sequence(TIME), lead()) + set(sequence(TIME.replace("00.250", "00.450")), lead())),
      error: "sequenceSet: 97 samples are missing between 6 that are there",
    },
    {
      name: "65 leads",
      text: file(set(sequence(TIME), ...Array.from({ length: 65 }, (_, i) => lead(`X${i}`)))),
      error: "sequence: there are more than 64 leads",
    },
  ])("refuses $name", ({ text, error }) => {
    expect(() => read(text)).toThrow(error);
    expect(() => read(text)).toThrow(expect.objectContaining({ name: "FormatError" }));
  });

  it("says that annotations were not read", () => {
    const annotations = "<subjectOf><annotationSet/></subjectOf>";
    expect(read(file(set(sequence(TIME), lead()) + annotations)).notes).toEqual([
      "The file has annotations, which were not read.",
    ]);
  });

  it.each([
    { encoding: "utf-8", byte: 0xfc },
    { encoding: "shift_jis", byte: 0xff },
    { encoding: "klingon", byte: 0x80 },
  ])("reads bytes that are not in $encoding as windows-1252, and says so", ({ encoding, byte }) => {
    const text = `<?xml version="1.0" encoding="${encoding}"?>${file(set(sequence(TIME), lead('X" displayName="?')))}`;
    const bytes = Uint8Array.from(text, (c, i) => (c === "?" && i > 60 ? byte : c.charCodeAt(0)));
    const { leads, notes } = aecg.read(bytes, { timeZone: "UTC" });
    expect([leads[0].name, notes]).toEqual([
      { 252: "ü", 255: "ÿ", 128: "€" }[byte],
      [`The file is not in the encoding ${encoding}: it was read as windows-1252.`],
    ]);
  });

  it("refuses bytes that are not in UTF-16", () => {
    const units = Uint16Array.from(`\ufeff${file("\n?")}`, (c) => (c === "?" ? 0xdc00 : c.charCodeAt(0)));
    const reading = () => aecg.read(new Uint8Array(units.buffer), { timeZone: "UTC" });
    expect(reading).toThrow("line 1: what follows is not utf-16le");
  });

  it("does no harm when a file is cut off or changed", async () => {
    const text = file(
      set(sequence(TIME), lead(), lead("MDC_ECG_LEAD_V1")) + set(sequence(TIME.replace("30", "31")), lead()),
    );
    await expectNoHarm(aecg, [{ name: "a.xml", bytes: new TextEncoder().encode(text) }]);
  });
});

describe("writing", () => {
  it("follows the implementation guide", () => {
    const recording = newRecording(
      { recordedAt: Date.UTC(2026, 0, 31, 9, 30), subject: 'P "1"', device: "Heart & Sons" },
      [
        { name: "avr", samples: Int32Array.of(1, -2, 3) },
        { name: "Lead <X>", samples: Int32Array.of(0, 0, 0), gain: -1000, baseline: 0.5 },
      ],
    );
    const text = new TextDecoder().decode(aecg.write(recording, { ...WRITE, timeZone: "Europe/Berlin" }));
    expect(
      text.replace(/<id root="[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"\/>/, "<id/>"),
    ).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" type="Observation">
  <id/>
  <code code="93000" codeSystem="2.16.840.1.113883.6.12" codeSystemName="CPT-4"/>
  <effectiveTime><low value="20260131103000.000"/><high value="20260131103000.006" inclusive="false"/></effectiveTime>
  <componentOf>
    <timepointEvent>
      <componentOf>
        <subjectAssignment>
          <subject>
            <trialSubject>
              <id root="2.25.116917641024812328654273061373351476421" extension="P &#34;1&#34;"/>
            </trialSubject>
          </subject>
          <componentOf>
            <clinicalTrial>
              <id nullFlavor="NA"/>
            </clinicalTrial>
          </componentOf>
        </subjectAssignment>
      </componentOf>
    </timepointEvent>
  </componentOf>
  <component>
    <series>
      <code code="RHYTHM" codeSystem="2.16.840.1.113883.5.4" codeSystemName="ActCode" displayName="Rhythm Waveforms"/>
      <effectiveTime><low value="20260131103000.000"/><high value="20260131103000.006" inclusive="false"/></effectiveTime>
      <author>
        <seriesAuthor>
          <manufacturedSeriesDevice>
            <manufacturerModelName>Heart &#38; Sons</manufacturerModelName>
          </manufacturedSeriesDevice>
        </seriesAuthor>
      </author>
      <component>
        <sequenceSet>
          <component>
            <sequence>
              <code code="TIME_ABSOLUTE" codeSystem="2.16.840.1.113883.5.4" codeSystemName="ActCode"/>
              <value xsi:type="GLIST_TS"><head value="20260131103000.000"/><increment value="0.002" unit="s"/></value>
            </sequence>
          </component>
          <component>
            <sequence>
              <code code="MDC_ECG_LEAD_AVR" codeSystem="2.16.840.1.113883.6.24" codeSystemName="MDC"/>
              <value xsi:type="SLIST_PQ">
                <origin value="0" unit="uV"/>
                <scale value="2.5" unit="uV"/>
                <digits>1 -2 3</digits>
              </value>
            </sequence>
          </component>
          <component>
            <sequence>
              <code code="LOCAL_ECG_LEAD_Lead_&#60;X&#62;" codeSystem="2.25.116917641024812328654273061373351476421" displayName="Lead &#60;X&#62;"/>
              <value xsi:type="SLIST_PQ">
                <origin value="0.5" unit="uV"/>
                <scale value="-1" unit="uV"/>
                <digits>0 0 0</digits>
              </value>
            </sequence>
          </component>
        </sequenceSet>
      </component>
    </series>
  </component>
</AnnotatedECG>
`);
  });

  it("counts from 0 when the date is not known", () => {
    const text = new TextDecoder().decode(aecg.write(newRecording(), WRITE));
    expect(text).toContain(`<effectiveTime nullFlavor="UNK"/>`);
    expect(text).toContain(
      `<value xsi:type="GLIST_PQ"><head value="0" unit="s"/><increment value="0.002" unit="s"/></value>`,
    );
    expect(text).toContain(`<id nullFlavor="UNK" extension=""/>`);
    expect(read(text)).toEqual(newRecording());
  });

  it.each([
    { unit: "mmHg", written: "mm[Hg]" },
    { unit: "NU", written: "NU" },
  ])("keeps the unit $unit of a lead that is no voltage", ({ unit, written }) => {
    const recording = newRecording({}, [{}, { name: "ABP", unit, gain: 3, baseline: -5 }]);
    const text = new TextDecoder().decode(aecg.write(recording, WRITE));
    expect(text).toContain(`unit="${written}"/>`);
    expect(read(text)).toEqual(recording);
  });

  it("names the zone of a time that clocks show twice", () => {
    const recording = newRecording({ recordedAt: Date.UTC(2026, 9, 25, 1, 30) });
    const written = aecg.write(recording, { ...WRITE, timeZone: "Europe/Berlin" });
    expect(new TextDecoder().decode(written)).toContain(`<head value="20261025013000.000+0000"/>`);
    expect(aecg.read(written, { timeZone: "Europe/Berlin" }).recordedAt).toBe(recording.recordedAt);
  });

  it("gives the same recording the same id, and another one another", () => {
    const idOf = (samples: Int32Array) =>
      /<id root="(.*?)"/.exec(new TextDecoder().decode(aecg.write(newRecording({}, [{ samples }]), WRITE)))?.[1];
    expect(idOf(Int32Array.of(1, 2))).toBe(idOf(Int32Array.of(1, 2)));
    expect(idOf(Int32Array.of(1, 2))).not.toBe(idOf(Int32Array.of(2, 1)));
  });

  it.each([
    {
      name: "a sample is missing",
      lead: { samples: Int32Array.of(1, MISSING) },
      detail: "HL7 aECG has nothing that stands for a missing sample, and lead II has some.",
    },
    {
      name: "a gain is not known",
      lead: { gain: null },
      detail: "HL7 aECG needs a gain, and that of lead II is not known.",
    },
    {
      name: "a gain is none of this world",
      lead: { gain: 1e-300 },
      detail: "HL7 aECG has no scale that reads back as the gain and baseline of lead II.",
    },
    {
      name: "a rate is not known",
      lead: { samplingRate: null },
      detail: "HL7 aECG needs a sampling rate, and that of lead II is not known.",
    },
  ])("says so when $name", ({ lead, detail }) => {
    expect(() => aecg.write(newRecording({}, [lead]), WRITE)).toThrow(
      expect.objectContaining({ code: "not-acceptable", message: detail }),
    );
  });
});

it("reads back an ECG of twelve leads as it was written", () => {
  const recording = { ...syntheticEcg({ seconds: 1 }), recordedAt: Date.UTC(2026, 0, 31), subject: "P-1", device: "D" };
  expect(aecg.read(aecg.write(recording, WRITE), { timeZone: "UTC" })).toEqual(recording);
});

it("reads back whatever it wrote", () => {
  const number = (max: number) => fc.double({ min: -max, max, noNaN: true }).map((n) => (Math.abs(n) < 1e-6 ? 0 : n));
  const lead = fc.record({
    name: fc.constantFrom("I", "aVR", "V6", "MLII", "a & b", "\u00e9 <\"'>", "TIME_ABSOLUTE"),
    samplingRate: fc.oneof(fc.constantFrom(360, 500, 1000 / 3), fc.double({ min: 0.001, max: 1e6, noNaN: true })),
    samples: fc.array(fc.integer({ min: -2147483647 }), { maxLength: 9 }).map((samples) => Int32Array.from(samples)),
    gain: fc.oneof(fc.constantFrom(200, -204.8, 1000), number(1e6)).filter((gain) => gain !== 0),
    baseline: fc.oneof(fc.constantFrom(0, 1024, -0.5), number(1e9)),
  });
  const recordedAt = fc.option(
    fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }).map(Number),
  );
  const text = fc.option(fc.constantFrom("P-1", "a \"b\" <c> & 'd'"));
  fc.assert(
    fc.property(
      fc.uniqueArray(lead, { minLength: 1, maxLength: 4, selector: ({ name }) => name }),
      recordedAt,
      text,
      text,
      fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu"),
      (leads, recordedAt, subject, device, timeZone) => {
        const recording = newRecording({ recordedAt, subject, device }, leads);
        expect(aecg.read(aecg.write(recording, { ...WRITE, timeZone }), { timeZone })).toEqual(recording);
      },
    ),
    { seed: 1 },
  );
});

it.each([
  { text: `<?xml version="1.0"?>\n<!-- x -->\n<AnnotatedECG xmlns="urn:hl7-org:v3">`, expected: true },
  { text: "<hl7:AnnotatedECG\n", expected: true },
  { text: "<svg xmlns='http://www.w3.org/2000/svg'>", expected: false },
  { text: "<AnnotatedECGs/>", expected: false },
  { text: "", expected: false },
])("recognises $text: $expected", ({ text, expected }) => {
  expect(aecg.detect(new TextEncoder().encode(text))).toBe(expected);
});

function file(content: string, before = ""): string {
  return `<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><component><series><code code="RHYTHM"/>${before}${content}</series></component></AnnotatedECG>`;
}

function set(...sequences: string[]): string {
  return `<component><sequenceSet>${sequences.join("")}</sequenceSet></component>`;
}

function sequence(content: string): string {
  return `<component><sequence>${content}</sequence></component>`;
}

function lead(code = "MDC_ECG_LEAD_II", value = `${SCALE}<digits>1 2 3</digits>`): string {
  return sequence(`<code code="${code}"/><value xsi:type="SLIST_PQ">${value}</value>`);
}

function read(text: string, options = {}): Recording {
  return aecg.read(new TextEncoder().encode(text), { timeZone: "UTC", ...options });
}

function toIso({ recordedAt }: Recording): string | null {
  return recordedAt === null ? null : new Date(recordedAt).toISOString();
}
