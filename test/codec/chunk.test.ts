import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DamagedChunkError, decodeChunk, encodeChunk, MAX_DECODED_SAMPLES } from "../../src/codec/chunk.ts";
import { crc32 } from "../../src/crc32.ts";
import { withRoom } from "../../src/kernels/kernels.ts";
import { MISSING } from "../../src/recording/recording.ts";
import { runs } from "../support/runs.ts";

/** Reproducible noise in [0, 1). */
function newNoise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

const fill = (length: number, sample: (i: number) => number): Int32Array =>
  Int32Array.from({ length }, (_, i) => sample(i));

function noise(length: number, bits: number, seed = 1): Int32Array {
  const next = newNoise(seed);
  return fill(length, () => Math.floor(next() * 2 ** bits) - 2 ** (bits - 1));
}

function heart(length: number, seed = 1): Int32Array {
  const next = newNoise(seed);
  return fill(length, (i) =>
    Math.round(800 * Math.exp(-(((i % 400) - 100) ** 2) / 40) + 100 * Math.sin(i / 300) + 4 * next()),
  );
}

function withGaps(samples: Int32Array, ...gaps: [from: number, to: number][]): Int32Array {
  const cut = samples.slice();
  for (const [from, to] of gaps) cut.fill(MISSING, from, to);
  return cut;
}

function limbLeads(length: number): Int32Array[] {
  const I = heart(length, 1);
  const II = heart(length, 2).map((sample, i) => 2 * sample + I[i]);
  const derived = (sample: (i: number) => number): Int32Array => fill(length, sample);
  return [
    I,
    II,
    derived((i) => II[i] - I[i]),
    derived((i) => Math.trunc(-(I[i] + II[i]) / 2)),
    derived((i) => I[i] - Math.trunc(II[i] / 2)),
    derived((i) => II[i] - Math.trunc(I[i] / 2)),
  ];
}

/** I with a gap, II, and III, which was derived from I before it had the gap. */
function derivedAcrossGaps(I: Int32Array, II: Int32Array): Int32Array[] {
  return [withGaps(I, [300, 310]), II, II.map((sample, i) => sample - I[i])];
}

/** I, II, III with a gap, and III - I, which was derived from III before it had the gap. */
function derivedTwice(I: Int32Array, II: Int32Array): Int32Array[] {
  const III = II.map((sample, i) => sample - I[i]);
  return [I, II, withGaps(III, [300, 310]), III.map((sample, i) => sample - I[i])];
}

/** The chunk with its checksum made right again. */
function sealed(chunk: Uint8Array): Uint8Array {
  new DataView(chunk.buffer, chunk.byteOffset).setUint32(1, crc32(chunk, 5, crc32(chunk.subarray(0, 1))));
  return chunk;
}

/** Every kind of lead body, with and without gaps. */
const mixed = [
  ...limbLeads(600),
  withGaps(heart(600, 3), [0, 9], [100, 101], [300, 450]),
  withGaps(limbLeads(600)[2], [50, 60]),
  withGaps(noise(300, 16), [10, 30]),
  withGaps(
    heart(300).map((sample) => 24 * sample),
    [7, 8],
  ),
  fill(300, (i) => (i % 2 ? 1000 : -1000) + (i % 3)),
  new Int32Array(0),
  Int32Array.of(7),
];

describe("a chunk", () => {
  it.each<{ name: string; leads: Int32Array[] }>([
    { name: "no leads", leads: [] },
    { name: "an empty lead", leads: [new Int32Array(0)] },
    { name: "one sample", leads: [Int32Array.of(-5)] },
    { name: "one missing sample", leads: [Int32Array.of(MISSING)] },
    { name: "the extremes", leads: [Int32Array.of(0x7fffffff, -0x7fffffff, 0x7fffffff, MISSING, 0, -0x7fffffff)] },
    { name: "a constant", leads: [new Int32Array(5000).fill(-123456)] },
    { name: "steps", leads: [fill(5000, (i) => (Math.floor(i / 500) % 2) * 1_000_000_000)] },
    { name: "a sine of 24 bits", leads: [fill(5000, (i) => Math.round(0x7fffff * Math.sin(i / 11)))] },
    { name: "multiples", leads: [fill(5000, (i) => 1000 * (i % 7)), fill(5000, () => -0x7fffffff)] },
    { name: "a ramp to the extremes", leads: [fill(5000, (i) => -0x7fffffff + i * 858_000)] },
    { name: "a sine", leads: [fill(5000, (i) => Math.round(30000 * Math.sin(i / 11)))] },
    { name: "a sine near the Nyquist rate", leads: [fill(5000, (i) => Math.round(30000 * Math.sin(i * 3)))] },
    { name: "a sine of 31 bits", leads: [fill(5000, (i) => Math.round(0x7ffffff0 * Math.sin(i / 11)))] },
    { name: "8-bit noise", leads: [noise(5000, 8)] },
    { name: "16-bit noise", leads: [noise(5000, 16)] },
    { name: "32-bit noise", leads: [noise(5000, 32)] },
    { name: "spikes in silence", leads: [fill(5000, (i) => (i % 777 === 0 ? 2_000_000_000 : 0))] },
    { name: "the limb leads", leads: limbLeads(5000) },
    {
      name: "limb leads of 31 bits",
      leads: limbLeads(600).map((lead) => lead.map((sample) => Math.imul(sample, 500_000))),
    },
    { name: "nothing but gaps", leads: [new Int32Array(1000).fill(MISSING), heart(1000)] },
    {
      name: "every other sample missing",
      leads: [heart(2000).map((sample, i) => (i % 2 ? MISSING : sample)), heart(2000)],
    },
    { name: "leads of several lengths", leads: [heart(5000), heart(2500), heart(5000, 2), heart(1), heart(2500, 4)] },
    { name: "64 leads", leads: Array.from({ length: 64 }, (_, seed) => heart(700, seed)) },
    { name: "a million samples", leads: [heart(1_000_000)] },
    { name: "every kind of lead", leads: mixed },
    {
      name: "a lead derived across gaps of plain samples",
      leads: derivedAcrossGaps(noise(600, 12), noise(600, 12, 2)),
    },
    { name: "a lead derived across gaps of a derived one", leads: derivedTwice(heart(600), heart(600, 2)) },
  ])("gives back $name", ({ leads }) => {
    expect(decodeChunk(encodeChunk(leads))).toEqual(leads);
  });

  it("does not change the leads it codes", () => {
    const leads = mixed.map((lead) => lead.slice());
    encodeChunk(leads);
    expect(leads).toEqual(mixed);
  });

  it("takes leads that are views into other arrays", () => {
    const whole = heart(1000);
    expect(decodeChunk(encodeChunk([whole.subarray(3, 500)]))).toEqual([whole.slice(3, 500)]);
  });

  it("is read from bytes within others", () => {
    const chunk = encodeChunk(mixed);
    const within = new Uint8Array(chunk.length + 20);
    within.set(chunk, 7);
    expect(decodeChunk(within.subarray(7, 7 + chunk.length))).toEqual(mixed);
  });

  it("refuses more samples than a chunk may hold", () => {
    expect(() => encodeChunk([new Int32Array(MAX_DECODED_SAMPLES), Int32Array.of(1)])).toThrow(RangeError);
  });

  it.each([[[]], [[3]], [[5, 0]], [[7, 7, 2]], [[12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]])(
    "gives only the wanted leads %j",
    (wanted) => {
      expect(decodeChunk(encodeChunk(mixed), wanted)).toEqual(wanted.map((index) => mixed[index]));
    },
  );

  it.each([[13], [-1], [0.5]])("has no lead %d", (index) => {
    expect(() => decodeChunk(encodeChunk(mixed), [index])).toThrow(RangeError);
  });
});

describe("the size of a chunk", () => {
  it.each([
    { name: "a constant lead", leads: [new Int32Array(5000).fill(99)], most: 60 },
    {
      name: "a lead computed from two others",
      leads: limbLeads(5000).slice(0, 6),
      most: encodeChunk(limbLeads(5000).slice(0, 2)).length + 200,
    },
    { name: "a lead twice", leads: [heart(5000), heart(5000)], most: encodeChunk([heart(5000)]).length + 60 },
    { name: "8-bit noise", leads: [noise(5000, 8)], most: 5000 + 30 },
    { name: "32-bit noise", leads: [noise(5000, 32)], most: 20000 + 30 },
    {
      name: "samples that are all multiples",
      leads: [heart(5000).map((sample) => 200 * sample)],
      most: encodeChunk([heart(5000)]).length + 2,
    },
    { name: "a pure sine", leads: [fill(5000, (i) => Math.round(20000 * Math.sin(i / 9)))], most: 1400 },
    { name: "a gap", leads: [withGaps(heart(5000), [1000, 3000])], most: encodeChunk([heart(3000)]).length + 60 },
    { name: "one sample", leads: [Int32Array.of(1)], most: 20 },
  ])("is small for $name", ({ leads, most }) => {
    expect(encodeChunk(leads).length).toBeLessThanOrEqual(most);
  });
});

describe("a chunk of anything", () => {
  const sample = fc.oneof(
    fc.integer({ min: -50, max: 50 }),
    fc.integer({ min: -0x80000000, max: 0x7fffffff }),
    fc.constantFrom(MISSING, MISSING + 1, 0x7fffffff),
  );
  const anyLead = fc.oneof(
    fc.array(sample, { maxLength: 200 }).map((samples) => Int32Array.from(samples)),
    fc
      .record({ length: fc.integer({ min: 0, max: 1500 }), bits: fc.integer({ min: 0, max: 32 }), seed: fc.integer() })
      .map(({ length, bits, seed }) => noise(length, bits, seed)),
    fc
      .record({
        length: fc.constantFrom(0, 1, 149, 150, 1000),
        step: fc.integer({ min: 1, max: 2 ** 27 }),
        seed: fc.integer(),
      })
      .map(({ length, step, seed }) => {
        let walk = 0;
        return noise(length, 5, seed).map((jump) => {
          walk = (walk + jump) | 0;
          return walk * step;
        });
      }),
    fc
      .record({ lead: fc.constantFrom(...mixed), from: fc.nat(600), to: fc.nat(600) })
      .map(({ lead, from, to }) => withGaps(lead, [from, to])),
  );

  it("gives it back", () => {
    fc.assert(
      fc.property(fc.array(anyLead, { maxLength: 8 }), (leads) => {
        expect(decodeChunk(encodeChunk(leads))).toEqual(leads);
      }),
      { numRuns: runs(300) },
    );
  });

  it("gives any part of it", () => {
    fc.assert(
      fc.property(
        fc.array(anyLead, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(5), { maxLength: 4 }),
        (leads, picks) => {
          const wanted = picks.map((pick) => pick % leads.length);
          expect(decodeChunk(encodeChunk(leads), wanted)).toEqual(wanted.map((index) => leads[index]));
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

describe("a damaged chunk", () => {
  const chunk = encodeChunk(mixed.map((lead) => lead.subarray(0, 200)));

  it("is refused at every truncation", () => {
    for (let length = 0; length < chunk.length; length++) {
      const reason = length < 5 ? "The chunk ends too early" : "The checksum is wrong";
      expect(() => decodeChunk(chunk.subarray(0, length))).toThrow(new DamagedChunkError(reason));
    }
  });

  it("is refused with any byte changed", () => {
    for (let at = 0; at < chunk.length; at++) {
      const damaged = chunk.slice();
      damaged[at] ^= 1 + (at % 255);
      const reason = at === 0 ? "A chunk of version 0" : "The checksum is wrong";
      expect(() => decodeChunk(damaged)).toThrow(new DamagedChunkError(reason));
    }
  });

  it("is refused with a byte more", () => {
    const longer = Uint8Array.of(...chunk, 0);
    expect(() => decodeChunk(longer)).toThrow(new DamagedChunkError("The checksum is wrong"));
    expect(() => decodeChunk(sealed(longer))).toThrow(new DamagedChunkError("The chunk has more bytes than its leads"));
  });

  it("is refused in another version", () => {
    const other = chunk.slice();
    other[0] = 2;
    expect(() => decodeChunk(sealed(other))).toThrow(new DamagedChunkError("A chunk of version 2"));
  });

  it("is whole again when it is sealed", () => {
    const unsealed = chunk.slice().fill(0, 1, 5);
    expect(() => decodeChunk(unsealed)).toThrow(new DamagedChunkError("The checksum is wrong"));
    expect(sealed(unsealed)).toEqual(chunk);
  });

  /** Samples of whatever kind, or a DamagedChunkError for what is behind the checksum, and neither late. */
  function expectSafe(bytes: Uint8Array): void {
    let leads: Int32Array[] = [];
    try {
      leads = decodeChunk(sealed(bytes));
    } catch (error) {
      expect(error).toBeInstanceOf(DamagedChunkError);
      expect(error).not.toMatchObject({ message: "The checksum is wrong" });
    }
    expect(leads.reduce((sum, lead) => sum + lead.length, 0)).toBeLessThanOrEqual(MAX_DECODED_SAMPLES);
  }

  it("with a right checksum is refused or read, at every byte", () => {
    for (let at = 5; at < chunk.length; at++) {
      for (const value of [0, 1, 127, 128, 255, chunk[at] ^ 4]) {
        const crafted = chunk.slice();
        crafted[at] = value;
        expectSafe(crafted);
      }
    }
  }, 120_000);

  it("with a right checksum is refused or read, whatever its bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(60), (tail, kept) => {
        expectSafe(Uint8Array.of(...chunk.subarray(0, 5 + kept), ...tail));
      }),
      { numRuns: runs(3000) },
    );
  }, 120_000);

  it("with a right checksum is read though it has more leads than a call may have arguments", () => {
    const count = 200_000;
    const header = [1, 0, 0, 0, 0, 192, 154, 12];
    // Empty leads of three bytes; their bodies, of zeros, are as long as their entries.
    const crafted = new Uint8Array(header.length + 6 * count);
    crafted.set(header);
    for (let i = 0; i < count; i++) crafted[header.length + 3 * i + 1] = 3;
    const leads = decodeChunk(sealed(crafted));
    expect([leads.length, leads.every(({ length }) => length === 0)]).toEqual([count, true]);
  }, 120_000);

  it("with a right checksum gives nothing of what was in the kernels' memory", () => {
    /** The samples, or why there are none, after the memory was full of a byte. */
    function decodeAmid(byte: number, bytes: Uint8Array): unknown {
      withRoom(1 << 16, (room) => room.bytes(1 << 16).fill(byte));
      try {
        return decodeChunk(bytes);
      } catch (error) {
        return error;
      }
    }
    fc.assert(
      fc.property(fc.nat(chunk.length), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, bytes) => {
        const crafted = chunk.slice();
        crafted.set(bytes.subarray(0, chunk.length - at), at);
        crafted[0] = chunk[0];
        expect(decodeAmid(0xff, sealed(crafted))).toEqual(decodeAmid(0, crafted));
      }),
      { numRuns: runs(1000) },
    );
  }, 120_000);

  it.each([
    { name: "more leads than bytes", body: [255, 255, 3], reason: "A count of 65535 where at most 0.75 makes sense" },
    { name: "a count beyond 32 bits", body: [255, 255, 255, 255, 255, 1], reason: "An integer of more than 32 bits" },
    { name: "a count that goes on", body: [128], reason: "The chunk ends too early" },
    {
      name: "a lead longer than a chunk",
      body: [1, 255, 255, 255, 255, 15, 1, 0, 0],
      reason: "A count of 4294967295 where at most 4194304 makes sense",
    },
    {
      name: "leads that together are longer than a chunk",
      body: [2, 255, 255, 255, 1, 1, 0, 2, 1, 0, 0, 0],
      reason: "A count of 2 where at most 1 makes sense",
    },
    {
      name: "a reference to itself",
      body: [1, 0, 1, 1, 0, 0],
      reason: "A count of 1 where at most 0 makes sense",
    },
    {
      name: "a reference of the first lead",
      body: [2, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0],
      reason: "A count of 1 where at most 0 makes sense",
    },
    {
      name: "a reference to a lead behind it",
      body: [2, 0, 1, 0, 0, 1, 1, 1, 0, 0],
      reason: "A count of 1 where at most 0 makes sense",
    },
    {
      name: "a reference to a lead of another length",
      body: [2, 1, 3, 0, 2, 3, 1, 0, 0, 0, 0, 1, 0, 0],
      reason: "A lead is predicted from one of another length",
    },
    {
      name: "a body that is missing",
      body: [1, 0, 9, 0, 1],
      reason: "A count of 9 where at most 3 makes sense",
    },
    { name: "a body that is cut off", body: [1, 0, 4, 0, 0, 0, 0], reason: "The chunk ends too early" },
    { name: "a body of no lead", body: [1, 0, 3, 0, 0, 0, 0, 9], reason: "The chunk has more bytes than its leads" },
    { name: "an unknown kind", body: [1, 0, 1, 0, 99], reason: "A lead of an unknown kind" },
    { name: "an empty body", body: [1, 0, 0, 0], reason: "The chunk ends too early" },
    {
      name: "gaps beyond its end",
      body: [1, 4, 7, 0, 4, 1, 2, 3, 0, 0, 0],
      reason: "A count of 3 where at most 2 makes sense",
    },
    { name: "plain samples of 33 bits", body: [1, 1, 8, 0, 0, 0, 33, 0, 0, 0, 0, 0], reason: "A lead ends too early" },
    { name: "plain samples that are missing", body: [1, 9, 4, 0, 0, 0, 1, 0], reason: "A lead ends too early" },
    {
      name: "weights beyond 31 bits",
      body: [1, 1, 6, 0, 1, 0, 32, 0, 0, 128],
      reason: "A predictor with weights beyond 31 bits",
    },
    {
      name: "a predictor of nine differences",
      body: [1, 1, 5, 0, 1, 0, 0, 9, 0],
      reason: "A predictor looks back on 9 differences",
    },
    {
      name: "a predictor of four leads",
      body: [
        5,
        ...[0, 3, 0],
        ...[0, 3, 0],
        ...[0, 3, 0],
        ...[0, 3, 0],
        ...[0, 3, 4, 0, 1, 2, 3],
        ...Array(12).fill(0),
        1,
        0,
        0,
      ],
      reason: "A lead is predicted from 4 others",
    },
    {
      name: "a lead derived from one",
      body: [2, 1, 3, 0, 1, 1, 1, 0, 0, 0, 0, 3],
      reason: "A derived lead needs two others",
    },
    {
      name: "an unknown derivation",
      body: [3, ...[1, 3, 0], ...[1, 3, 0], ...[1, 6, 2, 0, 1], ...[0, 0, 0], ...[0, 0, 0], ...[3, 36, 0, 37, 144, 0]],
      reason: "A lead is derived in an unknown way",
    },
    {
      name: "no residuals",
      body: [1, 1, 5, 0, 1, 0, 0, 0, 0],
      reason: "A lead ends too early",
    },
    {
      name: "an escape that no residual needs",
      body: [1, ...[1, 9, 0], ...[1, 0, 0, 0, 1, 2, 37, 144, 0]],
      reason: "A lead ends too early",
    },
    {
      name: "a class below the first one",
      body: [1, ...[1, 8, 0], ...[1, 0, 0, 0, 0, 128, 128, 0]],
      reason: "A lead has an unknown class of residuals",
    },
  ])("with a right checksum is refused for $name", ({ body, reason }) => {
    const crafted = sealed(Uint8Array.of(1, 0, 0, 0, 0, ...body));
    expect(() => decodeChunk(crafted)).toThrow(new DamagedChunkError(reason));
  });
});

describe("a chunk of a place", () => {
  const leads = [Int32Array.of(1, 2, 3), Int32Array.of(4, 5, 6)];

  it("is read from there", () => {
    expect(decodeChunk(encodeChunk(leads, "ecg/7"), undefined, "ecg/7")).toEqual(leads);
  });

  it.each(["", "ecg/8", "ecg/7 "])("is refused from %j", (place) => {
    const chunk = encodeChunk(leads, "ecg/7");
    expect(() => decodeChunk(chunk, undefined, place)).toThrow(new DamagedChunkError("The checksum is wrong"));
  });
});
