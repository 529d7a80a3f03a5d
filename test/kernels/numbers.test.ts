import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernels, roomFor, withRoom } from "../../src/kernels/kernels.ts";
import { MAX_SAMPLE, MIN_SAMPLE, MISSING } from "../../src/recording/recording.ts";
import { runs } from "../support/runs.ts";

/** What is around the arrays of a kernel, and must be there after it: samples, so that what is read too far shows. */
const GUARD = "1,";
const GUARD_BYTES = 16;
const MOST_BYTES = 4096;

/**
 * Calls a kernel with a text and room for so many bytes, each between two guards, and looks at those.
 *
 * @param behind the bytes that the kernel may use behind the text
 */
function between<Result>(
  given: Uint8Array,
  behind: number,
  length: number,
  work: (from: number, end: number, to: number, memory: ArrayBuffer) => Result,
): Result {
  const second = 2 * GUARD_BYTES + roomFor(given.length + behind);
  return withRoom(roomFor(second + length + GUARD_BYTES), (room) => {
    const all = room.bytes(second + length + GUARD_BYTES);
    all.forEach((_, i) => {
      all[i] = GUARD.charCodeAt(i % GUARD.length);
    });
    all.set(given, GUARD_BYTES);
    const guards = () => [
      all.slice(0, GUARD_BYTES),
      all.slice(GUARD_BYTES + given.length + behind, second),
      all.slice(second + length),
    ];
    const before = guards();
    const from = all.byteOffset + GUARD_BYTES;
    const result = work(from, from + given.length, all.byteOffset + second, all.buffer);
    expect(guards()).toEqual(before);
    return result;
  });
}

/** The samples that are read of a text, and how many bytes. */
function readIntegers(bytes: Uint8Array) {
  const most = Math.floor(bytes.length / 2) + 1;
  return between(bytes, 4, 4 * most, (text, end, samples, memory) => {
    const count = kernels.readIntegers(text, end, samples);
    const ints = new Int32Array(memory, samples, most);
    return { samples: [...ints.subarray(0, count)], length: ints[count] - text };
  });
}

const toBytes = (text: string) => new TextEncoder().encode(text);

describe("readIntegers", () => {
  it.each([
    { text: "1,-22,333]4", samples: [1, -22, 333], length: 10 },
    { text: "null,0,-0] ", samples: [MISSING, 0, 0], length: 10 },
    { text: " \t1 ,\r\n-999999999\n]", samples: [1, -999999999], length: 19 },
    { text: "1,2", samples: [1], length: 2 },
    { text: "1,2,nul", samples: [1, 2], length: 4 },
    { text: "1,null", samples: [1], length: 2 },
    { text: "1,1234567890,2]", samples: [1], length: 2 },
    { text: "1,01]", samples: [1], length: 2 },
    { text: "1,-]", samples: [1], length: 2 },
    { text: "1,]", samples: [1], length: 2 },
    { text: "1,2.0]", samples: [1], length: 2 },
    { text: "1,2}", samples: [1], length: 2 },
    { text: "", samples: [], length: 0 },
  ])("reads $text", ({ text, samples, length }) => {
    expect(readIntegers(toBytes(text))).toEqual({ samples, length });
  });

  /** Reads elements by the definition. */
  function expectedOf(bytes: Uint8Array) {
    const text = Buffer.from(bytes).toString("latin1");
    const element = /[ \t\r\n]*(?:(null)|(-?(?:0|[1-9]\d{0,8})))[ \t\r\n]*([,\]])/y;
    const samples: number[] = [];
    let length = 0;
    for (let found = element.exec(text); found; found = found[3] === "," ? element.exec(text) : null) {
      samples.push(found[1] ? MISSING : Number(found[2]) + 0);
      length = element.lastIndex;
    }
    return { samples, length };
  }

  const plain = fc.constantFrom(..."0123456789,,,,--]  \n".split(""), "null", "nul", "21474836", "\u00e9", "\0");
  const texts = fc.array(plain, { maxLength: 200 }).map((parts) => toBytes(parts.join("")));

  it("stays within its text and its room, whatever the bytes, and reads what is defined", () => {
    const bytes = fc.oneof(texts, fc.uint8Array({ maxLength: MOST_BYTES }));
    fc.assert(
      fc.property(bytes, (bytes) => {
        expect(readIntegers(bytes)).toEqual(expectedOf(bytes));
      }),
      { numRuns: runs(5000) },
    );
  });

  const number = fc.oneof(
    fc.integer({ min: -1200, max: 1200 }),
    fc.integer({ min: -99_999_999, max: 99_999_999 }),
    fc.integer({ min: -999_999_999, max: 999_999_999 }),
  );
  const numbers = fc.array(fc.oneof({ arbitrary: number, weight: 40 }, fc.constant(null)), {
    maxLength: 150,
    size: "max",
  });

  it.each([",", ", ", ",\n  ", " ,", ",,"])(
    "reads numbers with %j between them, also where some bytes are others",
    (between) => {
      const byte = fc.constantFrom(..."0123456789-,] n.\0\xff/:".split("").map((character) => character.charCodeAt(0)));
      const others = fc.array(fc.tuple(fc.nat(), byte), { maxLength: 2 });
      fc.assert(
        fc.property(numbers, others, (numbers, others) => {
          const bytes = toBytes(`${between === ", " ? " " : ""}${numbers.map(String).join(between)}]`);
          for (const [place, byte] of others) bytes[place % bytes.length] = byte;
          expect(readIntegers(bytes)).toEqual(expectedOf(bytes));
        }),
        { numRuns: runs(1000) },
      );
    },
  );

  it.each([
    ...["0", "-0", "-1", "99999999", "-9999999", "-99999999", "999999999", "null", " 7", "  7", "7 "],
    ...["", "-", "00", "01", "-01", "1-2", "-1-2", "--1", "1.0", "1e3", "/", ":", "+1", "1\u00e9", "1]2"],
    ...[9, 10, 15, 16, 17, 24, 32, 40].map((length) => "7".repeat(length)),
  ])("reads what is defined where %j is among many numbers", (element) => {
    for (const between of [",", ", "]) {
      for (let place = 0; place < 20; place++) {
        const others = Array.from({ length: 40 }, (_, i) => `${between}${123 - 7 * i}`);
        // Where there is a space before the others, there is none before this one.
        const all = others.toSpliced(place, 1, `,${element}`).join("").slice(1);
        const bytes = toBytes(`${all}]`);
        expect(readIntegers(bytes)).toEqual(expectedOf(bytes));
      }
    }
  });

  it.each([",", ", "])(
    "reads each number of four digits, and what comes before and after them, with %j between them",
    (between) => {
      const all = Array.from({ length: 20_003 }, (_, i) => i - 10_001);
      const bytes = toBytes(`${all.join(between)}]`);
      expect(readIntegers(bytes)).toEqual({ samples: all, length: bytes.length });
    },
  );
});

describe("countCommas", () => {
  it("counts the commas before the first bracket, or says that there is none", () => {
    const texts = fc.array(fc.constantFrom(..."1,,,,x]".split(""), ",1,2,3,4,5,6,7,8,9"), { maxLength: 60 });
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join("");
        const counted = between(toBytes(text), 0, 0, (at, end) => kernels.countCommas(at, end));
        const count = text.split("]", 1)[0].split(",").length - 1;
        expect(counted).toBe(text.includes("]") ? count : ~count);
      }),
      { numRuns: runs(1000) },
    );
  });
});

describe("writeIntegers and writePairs", () => {
  const samples = fc.oneof(
    fc.constantFrom(MISSING, 0, MAX_SAMPLE, MIN_SAMPLE),
    fc.integer({ min: -10_001, max: 10_001 }),
    fc.integer({ min: MISSING }),
  );
  const toText = (sample: number) => (sample === MISSING ? "null" : String(sample));

  /** The text of a kernel that is given no more room than it asks for. */
  function write(numbers: number[], room: number, kernel: (from: number, to: number) => number): string {
    return between(new Uint8Array(Int32Array.from(numbers).buffer), 0, room, (from, _, to, memory) => {
      return new TextDecoder().decode(new Uint8Array(memory, to, kernel(from, to)));
    });
  }

  it("write what JSON.stringify does, within their room", () => {
    const lists = fc.array(fc.tuple(samples, samples), { maxLength: 40 });
    fc.assert(
      fc.property(lists, (pairs) => {
        const all = pairs.flat();
        const integers = write(all, 12 * all.length, (from, to) => kernels.writeIntegers(from, all.length, to));
        expect(integers).toBe(all.map((sample) => `${toText(sample)},`).join(""));
        const written = write(all, 26 * pairs.length, (from, to) => kernels.writePairs(from, pairs.length, to));
        expect(written).toBe(
          pairs.map(([min, max]) => (min === MISSING ? "null," : `[${toText(min)},${toText(max)}],`)).join(""),
        );
      }),
      { numRuns: runs(2000) },
    );
  });

  it("write each number of four digits, and what comes before and after them", () => {
    const all = Array.from({ length: 20_003 }, (_, i) => i - 10_001);
    const text = write(all, 12 * all.length, (from, to) => kernels.writeIntegers(from, all.length, to));
    expect(text).toBe(`${all.join()},`);
  });
});
