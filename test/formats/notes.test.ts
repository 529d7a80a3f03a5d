import { describe, expect, it } from "vitest";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import type { Format, WriteOptions } from "../../src/formats/format.ts";
import { formats } from "../../src/formats/index.ts";
import { openRecording } from "../../src/formats/open.ts";
import { joinStretches } from "../../src/formats/read-whole.ts";
import type { Recording } from "../../src/recording/recording.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const OPTIONS: WriteOptions = { name: "ecg", timeZone: "UTC", units: "mv", layout: "3x4", fhirVersion: "R4" };

/** Formats that are both read and written. */
const BOTH = formats.filter((format) => format.write && (format.read || format.open));
/** The formats that have a place for a date, or for saying that it is not known. */
const DATED = BOTH.filter(({ id }) => id !== "csv");
/** The formats that have a place for the unit of a lead. */
const WITH_UNITS = ["edf", "bdf", "dicom", "aecg", "fhir"];
/** The formats that have none, and are written with voltages alone. */
const WITHOUT_UNITS = ["scp", "ishne"];

const ecg: Recording = { ...syntheticEcg({ seconds: 2 }), recordedAt: Date.parse("2026-01-31T09:30:00Z") };
/** A pressure beside the ECG, which is no voltage. */
const withPressure: Recording = {
  ...ecg,
  leads: [ecg.leads[0], { ...ecg.leads[1], name: "ABP", unit: "mmHg", gain: 10, baseline: 0 }],
};

async function writeAndRead(format: Format, recording: Recording, leads?: string[]): Promise<Recording> {
  const bytes = format.write?.(recording, OPTIONS) ?? new Uint8Array(0);
  const file = { name: `ecg${format.extensions[0]}`, bytes: new ByteStream([bytes]) };
  const options = { timeZone: "UTC", keepSubject: true, ...(leads && { leads }) };
  const { head, stretches } = await openRecording([file], options, format.mediaTypes[0]);
  return joinStretches(head, stretches);
}

const findFormats = (ids: readonly string[]) => formats.filter(({ id }) => ids.includes(id));

describe("notes", () => {
  it.each(BOTH)("of $id are none where nothing was lost", async (format) => {
    expect((await writeAndRead(format, ecg)).notes ?? []).toEqual([]);
  });
});

describe("a date that is not known", () => {
  it.each(DATED)("is not known either in what $id has of it, without a note", async (format) => {
    const { recordedAt, notes = [] } = await writeAndRead(format, { ...ecg, recordedAt: null });
    expect([recordedAt, notes]).toEqual([null, []]);
  });
});

describe("a lead that is no voltage", () => {
  it.each(findFormats(WITH_UNITS))("keeps its unit in $id", async (format) => {
    const { leads, notes = [] } = await writeAndRead(format, withPressure, ["I", "ABP"]);
    expect([leads.map(({ name, unit, gain }) => [name, unit, gain]), notes]).toEqual([
      [
        ["I", undefined, ecg.leads[0].gain],
        ["ABP", "mmHg", 10],
      ],
      [],
    ]);
  });

  it.each(findFormats(WITHOUT_UNITS))("is not written into $id", (format) => {
    expect(() => format.write?.(withPressure, OPTIONS)).toThrow(
      expect.objectContaining({ code: "not-acceptable", message: expect.stringContaining("is in mmHg") }),
    );
  });
});

describe("a replacement character that another program left in a file", () => {
  const recording = { ...ecg, device: "Kardiograf \ufffd1", leads: [{ ...ecg.leads[0], name: "D\ufffdrivation" }] };

  it.each(findFormats(["aecg"]))("is a question mark in what is read of $id, with a note", async (format) => {
    const { device, leads, notes } = await writeAndRead(format, recording);
    expect([device, leads[0].name, notes?.length]).toEqual(["Kardiograf ?1", "D?rivation", 2]);
  });

  it.each(findFormats(["json"]))("is kept in our own $id, whose texts are kept as they are sent", async (format) => {
    const { device, leads, notes } = await writeAndRead(format, recording);
    expect([device, leads[0].name, notes]).toEqual([recording.device, "D\ufffdrivation", undefined]);
  });
});
