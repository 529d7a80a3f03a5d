import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteStream } from "../../src/formats/byte-stream.ts";

const toText = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const streamOf = (...parts: string[]) => new ByteStream(parts.map((part) => new TextEncoder().encode(part)));

it("gives the bytes that came in, however they are asked for", async () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 6 }));
  const asked = fc.array(fc.record({ count: fc.nat(8), isPeek: fc.boolean() }));
  await fc.assert(
    fc.asyncProperty(parts, asked, async (parts, asked) => {
      const all = parts.flatMap((part) => [...part]);
      const stream = new ByteStream(parts);
      let position = 0;
      for (const { count, isPeek } of asked) {
        const bytes = isPeek ? await stream.peek(count) : await stream.read(count);
        expect([...bytes]).toEqual(all.slice(position, position + count));
        if (!isPeek) position += bytes.length;
        expect(stream.position).toBe(position);
      }
    }),
  );
});

it("gives bytes that came in a great many pieces", async () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i);
  const pieces = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  expect(await new ByteStream(pieces).readAll(bytes.length)).toEqual(bytes);
});

it("reads a line at a time", async () => {
  const stream = streamOf("one\ntw", "o\n\nthree");
  const lines = [];
  for (let i = 0; i < 5; i++) lines.push(toText(await stream.readLine(5)));
  expect(lines).toEqual(["one", "two", "", "three", undefined]);
});

it("reads no line that is too long", async () => {
  await expect(streamOf("1234\n").readLine(3)).rejects.toMatchObject({ code: "too-large" });
});

it("reads all, and not a byte more than it may", async () => {
  expect(toText(await streamOf("12", "34").readAll(4))).toBe("1234");
  await expect(streamOf("12", "345").readAll(4)).rejects.toMatchObject({ code: "too-large" });
});
