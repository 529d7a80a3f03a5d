import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aecg } from "../../src/formats/aecg/aecg.ts";
import { muse } from "../../src/formats/muse.ts";
import { schiller } from "../../src/formats/schiller.ts";
import type { Lead, Recording } from "../../src/recording/recording.ts";
import { expectNoHarm } from "../support/fuzz.ts";
import { newRecording } from "../support/new-recording.ts";
import { writeSchiller } from "../support/schiller-file.ts";

const ABOUT = { subject: "P", device: "D", recordedAt: Date.UTC(2026, 0, 31, 9, 30) };
const AVERAGES = "<wavedata><type>ECG_AVERAGES</type><channel><name>I</name><data>9</data></channel></wavedata>";

describe("reading", () => {
  it("gives what the file says", () => {
    const text = `\ufeff<?xml version="1.0" encoding="UTF-8"?>
      <com.xiriuz.sema.xml.schillerEDI.SchillerEDI>
        <patdata><id>P-1</id><lastname>Lee</lastname><gender>FEMALE</gender></patdata>
        <examdescript>
          <startdatetime><date>20260731</date><time>093005250</time></startdatetime>
          <aquiringdevice>
            <hardware><vendor>SCHILLER</vendor><model>AT-102</model></hardware><software><version>2.1</version></software>
          </aquiringdevice>
        </examdescript>
        <eventdata><event>
          ${AVERAGES}
          <wavedata>
            <type>ECG_RHYTHMS</type>
            <resolution>
              <samplerate><exponent>1</exponent><value>500</value></samplerate>
              <yres><unitperbit>2.5</unitperbit><units>UV</units></yres>
            </resolution>
            <channel><name>AVR</name><samplecount>4</samplecount><datastype>COMMASEPARATE</datastype><data>1,-2,\n 3 ,2147483647,</data></channel>
            <channel><name>V4r</name><samplecount>1</samplecount><datastype>COMMASEPARATE</datastype><data>+0</data></channel>
          </wavedata>
          <annotation_global><name>HR</name><value>60</value></annotation_global>
        </event></eventdata>
        <interpretation/>
      </com.xiriuz.sema.xml.schillerEDI.SchillerEDI>`;
    expect(schiller.read(new TextEncoder().encode(text), { timeZone: "Europe/Berlin" })).toEqual({
      recordedAt: Date.UTC(2026, 6, 31, 7, 30, 5, 250),
      subject: "P-1",
      device: "SCHILLER AT-102 2.1",
      note: null,
      isOpen: false,
      annotations: [],
      leads: [lead("aVR", [1, -2, 3, 2147483647], 400), lead("V4r", [0], 400)],
      notes: [
        "Not kept: interpretation.",
        "Kept in part: patdata, eventdata/event.",
        "Of 2 wavedata one is kept; the others are not: ECG_AVERAGES.",
      ],
    });
  });

  it("is told from other XML by its root, in UTF-16 as well", () => {
    const file = writeSchiller(recordingOf([lead("I", [1])]));
    const wide = new Uint8Array(
      Uint16Array.from(new TextDecoder().decode(file), (letter) => letter.charCodeAt(0)).buffer,
    );
    for (const bytes of [file, wide]) {
      expect([schiller, muse, aecg].map((format) => format.detect(bytes))).toEqual([true, false, false]);
      expect(schiller.read(bytes, { timeZone: "UTC" }).leads).toEqual([lead("I", [1])]);
    }
  });

  it.each([
    {
      name: "no person, device or date",
      from: /<patdata>.*<\/patdata>|<startdatetime>.*<\/startdatetime>|<aquiringdevice>.*<\/aquiringdevice>/g,
      to: "",
      expected: { subject: null, device: null, recordedAt: null },
    },
    {
      name: "a name and no id",
      from: "<id>P</id>",
      to: "<firstname>Ann</firstname><lastname>Lee</lastname>",
      expected: { subject: "Ann Lee" },
    },
    {
      name: "a date without a time",
      from: /<time>\d+<\/time>/,
      to: "",
      expected: { recordedAt: null, notes: ['The date "20260131 ?" is not understood, and not kept.'] },
    },
    {
      name: "a month 13",
      from: "20260131",
      to: "20261331",
      expected: { recordedAt: null, notes: ['The date "20261331 093000000" is not understood, and not kept.'] },
    },
    { name: "whole seconds", from: "093000000", to: "093000" },
    {
      name: "averages behind the rhythm",
      from: "</event>",
      to: `${AVERAGES}</event>`,
      expected: { notes: ["Of 2 wavedata one is kept; the others are not: ECG_AVERAGES."] },
    },
    {
      name: "an event of its own for each",
      from: "<event>",
      to: `<event>${AVERAGES}</event><event>`,
      expected: { notes: ["Of 2 wavedata one is kept; the others are not: ECG_AVERAGES."] },
    },
    { name: "the type in one", from: "ECG_RHYTHMS", to: "ecg_rhythm" },
    {
      name: "a wrong count",
      from: "<samplecount>2",
      to: "<samplecount>5000",
      expected: { notes: ["The samples that are there are kept, though samplecount is another number: I."] },
    },
    {
      name: "a channel without data",
      from: "</wavedata>",
      to: "<channel><name>V9</name><data> </data></channel></wavedata>",
      expected: { notes: ["Channels without data are not kept: V9."] },
    },
    {
      name: "no name",
      from: "<name>V7</name>",
      to: "",
      expected: { leads: [lead("I", [1, 2]), lead("lead 2", [3, 4])] },
    },
    { name: "millivolts", from: "UV", to: "mV", expected: { leads: [lead("I", [1, 2], 1), lead("V7", [3, 4], 1)] } },
    {
      name: "another unit",
      from: "UV",
      to: "MM",
      expected: {
        leads: [lead("I", [1, 2], null), lead("V7", [3, 4], null)],
        notes: ["The gain is not known without unitperbit in a unit of voltage."],
      },
    },
  ])("takes $name", ({ from, to, expected }) => {
    const recording = { ...recordingOf([lead("I", [1, 2]), lead("V7", [3, 4])]), ...ABOUT };
    expect(change(recording, from, to)).toEqual({ ...recording, notes: [], ...expected });
  });

  it("takes the rate that is asked for where there is none", () => {
    const file = writeSchiller(recordingOf([{ ...lead("V1", [1]), samplingRate: null }]));
    expect(schiller.read(file, { timeZone: "UTC", samplingRate: 250 }).leads[0].samplingRate).toBe(250);
    expect(schiller.read(file, { timeZone: "UTC" }).leads[0].samplingRate).toBeNull();
  });

  it.each([
    {
      name: "another root",
      from: /SchillerEDI>/g,
      to: "Other>",
      error:
        "line 2: the root is com.xiriuz.sema.xml.schillerEDI.Other, not com.xiriuz.sema.xml.schillerEDI.SchillerEDI",
    },
    {
      name: "a document type",
      from: "<com",
      to: "<!DOCTYPE ecg>\n<com",
      error: "line 2: a document type is not taken",
    },
    {
      name: "averages alone",
      from: "ECG_RHYTHMS",
      to: "ECG_AVERAGES",
      error: "wavedata: there is none of the type ECG_RHYTHMS",
    },
    {
      name: "no channels",
      from: /<channel>[\s\S]*<\/channel>/,
      to: "",
      error: "line 6: the wavedata have no channel with samples",
    },
    {
      name: "65 channels",
      from: "<channel>",
      to: `${"<channel/>".repeat(64)}<channel>`,
      error: "channel: there are more than 64",
    },
    {
      name: "data of another type",
      from: "COMMASEPARATE",
      to: "BASE64",
      error: 'line 9: the datastype "BASE64" is not known',
    },
    {
      name: "an exponent that is not known",
      from: "<exponent>1",
      to: "<exponent>2",
      error: 'line 7: an exponent "2" of the samplerate is not understood: 1 is',
    },
    {
      name: "a rate of 0",
      from: "<value>500",
      to: "<value>0",
      error: 'line 7: "0" samples a second are no sampling rate',
    },
    { name: "a scale of 0", from: "<unitperbit>1", to: "<unitperbit>0", error: 'line 8: "0" is no scale' },
    {
      name: "a fraction",
      from: "1,2",
      to: "1,\n2.5",
      error: 'line 11: the data have "2.5", which is no integer of 32 bits',
    },
    {
      name: "a number beyond 32 bits",
      from: "1,2",
      to: "1,-2147483648",
      error: 'line 10: the data have "-2147483648"',
    },
    { name: "a missing sample", from: "1,2", to: "1,\n ,2", error: "line 11: a sample is missing between commas" },
    { name: "a missing first sample", from: "1,2", to: ",2", error: "line 10: a sample is missing between commas" },
    {
      name: "a missing comma",
      from: "1,2",
      to: "\n1\n2",
      error: "line 11: there is no comma behind 1",
    },
    {
      name: "what is no number",
      from: "1,2",
      to: "1,x y",
      error: 'line 10: the data have "x", which is no integer of 32 bits',
    },
    {
      name: "a sign alone",
      from: "1,2",
      to: "1,- 2",
      error: 'line 10: the data have "-", which is no integer of 32 bits',
    },
    {
      name: "elements among the data",
      from: "1,2",
      to: "1,<a/>2",
      error: "line 10: data has elements among its samples",
    },
  ])("refuses $name", ({ from, to, error }) => {
    const recording = recordingOf([lead("I", [1, 2])]);
    expect(() => change(recording, from, to)).toThrow(error);
    expect(() => change(recording, from, to)).toThrow(expect.objectContaining({ name: "FormatError" }));
  });

  it("does no harm when a file is cut off or changed", async () => {
    const recording = { ...recordingOf([lead("I", [1, -2, 300]), lead("II", [4, 5, 6])]), ...ABOUT };
    await expectNoHarm(schiller, [{ name: "a.xml", bytes: writeSchiller(recording) }]);
  });
});

it("reads back whatever was written", () => {
  const samples = fc.array(fc.integer({ min: -0x7fffffff, max: 0x7fffffff }), { minLength: 1, maxLength: 40 });
  const recording = fc.record({
    leads: fc
      .uniqueArray(fc.constantFrom("I", "II", "III", "aVR", "V1", "V6", "V4r", "X 9"), { minLength: 1 })
      .chain((names) => fc.tuple(...names.map((name) => samples.map((samples) => lead(name, samples, 400))))),
    subject: fc.constantFrom(null, "P-1"),
    device: fc.constantFrom(null, "AT-102"),
    recordedAt: fc.option(fc.integer({ min: 0, max: 2 ** 41 })),
  });
  fc.assert(
    fc.property(recording, (about) => {
      const original = { ...recordingOf(about.leads), ...about };
      expect(schiller.read(writeSchiller(original), { timeZone: "UTC" })).toEqual({ ...original, notes: [] });
    }),
  );
});

/** A recording from its file, after a change that finds something to change. */
function change(recording: Recording, from: string | RegExp, to: string): Recording {
  const text = new TextDecoder().decode(writeSchiller(recording));
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  return schiller.read(new TextEncoder().encode(changed), { timeZone: "UTC" });
}

function lead(name: string, samples: number[], gain: number | null = 1000): Lead {
  return { name, samplingRate: 500, samples: Int32Array.from(samples), gain, baseline: 0 };
}

function recordingOf(leads: Lead[]): Recording {
  return newRecording({}, leads);
}
