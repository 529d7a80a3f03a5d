import { expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { WriteOptions } from "../../src/formats/format.ts";
import { formats } from "../../src/formats/index.ts";
import { newRecording } from "../support/new-recording.ts";

const OPTIONS: WriteOptions = { name: "ecg", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" };

it.each(formats.filter(({ write }) => write))(
  "writes a recording without leads, or says that it cannot, as $id",
  ({ write }) => {
    let error: unknown;
    try {
      expect(write?.(newRecording({}, []), OPTIONS)).toBeInstanceOf(Uint8Array);
    } catch (thrown) {
      error = thrown;
    }
    expect(error === undefined || (error instanceof AppError && error.code === "not-acceptable")).toBe(true);
  },
);
