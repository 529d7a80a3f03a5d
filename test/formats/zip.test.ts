import fc from "fast-check";
import { unzipSync } from "fflate";
import { expect, it } from "vitest";
import { ByteStream } from "../../src/formats/byte-stream.ts";
import { unpackFile } from "../../src/formats/files.ts";
import { joinBytes } from "../../src/formats/join-bytes.ts";
import { writeZip, type ZipFile } from "../../src/formats/zip.ts";
import { runs } from "../support/runs.ts";

async function* take<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}

async function write(files: Iterable<ZipFile>): Promise<Uint8Array> {
  return joinBytes(await Array.fromAsync(writeZip(take(files))));
}

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }),
);

it("has files that are read as they were, whole ones and those that were made as they were written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-z0-9]{1,8}\/[a-z0-9]{1,8}$/), contents), async (files) => {
      const zip = await write(
        Object.entries(files).map(([name, content]) => {
          return { name, content: content instanceof Uint8Array ? content : take(content) };
        }),
      );
      const expected = Object.entries(files).map(([name, content]) => {
        return [name, content instanceof Uint8Array ? content : joinBytes(content)];
      });
      expect(Object.entries(unzipSync(zip))).toEqual(expected);
    }),
    { numRuns: runs(100) },
  );
});

it("has files of more than a block, which readers also find without its directory", async () => {
  const parts = Array.from({ length: 5 }, (_, i) => new Uint8Array(50_000 + 20_000 * i).fill(i));
  const zip = await write([
    { name: "made.bin", content: take(parts) },
    { name: "whole.bin", content: joinBytes(parts) },
  ]);
  const found: [string, Uint8Array][] = [];
  for await (const { name, bytes } of unpackFile({ name: "", bytes: new ByteStream([zip]) })) {
    found.push([name, await bytes.readAll(2 ** 20)]);
  }
  expect(found).toEqual([
    ["made.bin", joinBytes(parts)],
    ["whole.bin", joinBytes(parts)],
  ]);
});

it("has more files than 16 bits count", async () => {
  const names = Array.from({ length: 70_000 }, (_, i) => String(i));
  const zip = await write(names.map((name) => ({ name, content: new Uint8Array(0) })));
  expect(Object.keys(unzipSync(zip)).length).toBe(names.length);
});

it("is read as the files are made, and not before", async () => {
  let made = 0;
  async function* files(): AsyncGenerator<ZipFile> {
    for (; made < 10; made++) yield { name: `${made}`, content: new Uint8Array(10) };
  }
  const parts = writeZip(files());
  for (let i = 0; i < 4; i++) await parts.next();
  expect(made).toBe(1);
  await parts.return(undefined);
  expect(made).toBe(1);
});
