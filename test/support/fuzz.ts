import fc from "fast-check";
import { expect } from "vitest";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import { type Format, FormatError, type InputFile, type ReadOptions } from "../../src/formats/format.ts";
import type { Recording } from "../../src/recording/recording.ts";
import { readRecording } from "./read-recording.ts";
import { runs } from "./runs.ts";

export type File = { name: string; bytes: Uint8Array };

/** A recording from files, the way that requests read them. */
export function readFiles(
  format: Format,
  files: readonly File[],
  options: Partial<ReadOptions> = {},
): Promise<Recording> {
  const rest = files.map(({ name, bytes }): InputFile => ({ name, bytes: new ByteStream([bytes]) }));
  const first = rest.shift();
  if (!first) throw new Error("no file");
  return readRecording(format, first, { timeZone: "UTC", ...options }, async () => rest.shift());
}

/**
 * Reads a file cut off at every byte, and changed at random in up to 2,000 ways: each ends in a recording or in a
 * FormatError.
 */
export async function expectNoHarm(format: Format, files: readonly File[], which = 0): Promise<void> {
  const { name, bytes } = files[which];
  const attempt = async (changed: Uint8Array) => {
    try {
      await readFiles(
        format,
        files.map((file, i) => (i === which ? { name, bytes: changed } : file)),
      );
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      expect(error.options.errors?.[0].path).not.toBe("");
    }
  };
  for (let length = 0; length < bytes.length; length++) await attempt(bytes.slice(0, length));
  const change = fc.record({
    at: fc.nat(bytes.length - 1),
    kind: fc.constantFrom("set", "insert", "remove"),
    put: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
      let changed = [...bytes];
      for (const { at, kind, put } of changes) {
        if (kind === "set") for (const [i, byte] of put.entries()) changed[Math.min(at + i, changed.length - 1)] = byte;
        else if (kind === "insert") changed.splice(at, 0, ...put);
        else changed.splice(at, put.length);
        if (changed.length === 0) changed = [0];
      }
      await attempt(Uint8Array.from(changed));
    }),
    { numRuns: runs(2000), seed: 1, endOnFailure: true },
  );
}
