import { describe, expect, it } from "vitest";
import { decodeChunk, encodeChunk } from "../../src/codec/chunk.ts";
import { MISSING } from "../../src/recording/recording.ts";

/**
 * Chunks as they are stored, to the byte: version, checksum, number of leads, then each lead's entry, then each lead's
 * body. A test here that fails means that stored ECGs cannot be read any more: keep the bytes, and make another version.
 */
type Golden = { name: string; leads: number[][]; place?: string; hex: string };

const _ = MISSING;

/** A triangle of QRS and one of T each 60 samples, and noise of 3 bits: integers alone, the same on every machine. */
function beats(length: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const qrs = seed * Math.max(0, 400 - 100 * Math.abs((i % 60) - 20));
    const t = Math.max(0, 60 - 4 * Math.abs((i % 60) - 40));
    return qrs + t + (state >>> 29);
  });
}

/** Jumps between about 100 and -100, which no differences predict. */
const zigzag = (length: number): number[] =>
  beats(length, 1).map((sample, i) => (i % 2 ? 100 : -100) + (sample & 7) + (i % 7 === 0 ? 40 : 0));

const withGaps = (samples: number[], ...gaps: [from: number, to: number][]): number[] =>
  samples.map((sample, i) => (gaps.some(([from, to]) => i >= from && i < to) ? MISSING : sample));

/** I, II, and the four leads that devices compute from them; the last one is up to 2 off. */
function limbLeads(length: number): number[][] {
  const I = beats(length, 1);
  const II = beats(length, 2).map((sample, i) => sample + I[i]);
  return [
    I,
    II,
    II.map((sample, i) => sample - I[i]),
    II.map((sample, i) => Math.trunc(-(I[i] + sample) / 2)),
    II.map((sample, i) => I[i] - Math.trunc(sample / 2)),
    II.map((sample, i) => sample - Math.trunc(I[i] / 2) + (i % 3)),
  ];
}

const GOLDEN: Golden[] = [
  {
    name: "no leads",
    leads: [],
    hex: `
      01 58c223be 00`,
  },
  {
    name: "empty leads and leads of one sample",
    leads: [[], [7], [_], []],
    hex: `
      01 35da5ac9 04  000300 010400 010400 000300
      000000
      08070200
      04000000
      000000`,
  },
  {
    name: "plain samples",
    leads: [
      [3, -2, 9, 0, 5],
      [0x7fffffff, -0x7fffffff, 1],
    ],
    hex: `
      01 dfff894a 02  050600 031300
      00030450b270
      00fdffffff0f20fffffffe0000000080000000`,
  },
  {
    name: "plain samples with gaps and a unit",
    leads: [
      [_, 24, -48, _, _, 120],
      [_, 25, -48, 5, _, 120],
      [0, 1000, -3000, 5000],
    ],
    hex: `
      01 76d9fd3d 03  060b00 060c00 040700
      0c18020102020103036380
      0402010301015f08490035a8
      08e80705043408`,
  },
  {
    name: "a place",
    leads: [[1, 2, 3]],
    place: "018f3c5e-0000-7000-8000-000000000000/7",
    hex: `
      01 f097540c 01  030400
      00020218`,
  },
  {
    name: "short leads, each by its last samples",
    leads: [Array.from({ length: 40 }, (_, i) => 5 + 3 * i), Array.from({ length: 40 }, (_, i) => (i * (i - 21)) >> 1)],
    hex: `
      01 35e7c376 02  280d00 281600
      010a0001020106216800a1f220
      01000002040102131691c000d09a081fc1f93fb69a00`,
  },
  {
    name: "short leads with gaps",
    leads: [withGaps(beats(50, 3), [0, 2], [21, 22], [35, 41]), withGaps(beats(50, 1), [9, 20], [44, 50])],
    hex: `
      01 5818af1d 02  323d00 322e00
      05030213010d06090c00010201b10904d6c206cc0807b8d71fcf848ae51986fe8561ea9af8042440f7d357f19784ff3e00b3a8e6
      040d2fae7766add823
      040200090b180009008080805000080c040064658c8330040a08058382c1b0c8784e27160bc6e3b1e90c7e351900`,
  },
  {
    name: "limb leads, one predicted from another and four derived",
    leads: limbLeads(110),
    hex: `
      01 572168b5 06  6e6200 6e6a0100 6e07020001 6e07020001 6e07020001 6e28020103
      0102000102028b03910301537c4d3f8459fc27ea6b6450500a41ee9148ae266cd92293bbf91f881dd69cba52dd3f8a30d758ae06
      eb01ec7fa6f565589bd94fae00fba0b26130a7190a4a802a327d3e6f5010c0320535e8a7fbc944628dce2c64aa91
      010408fa06bc01080e0e0c3b1401080900fa005ea0831184a3f0eb3c9782ed1a1ffd98d54490ca488f6730486176b814687a4248
      46bb9f41327d84f33d5d8fef19020509df51ce58770c9ebb38910cdead1c864b99815dc8289b8eae249c40f1770ecb5fe773d513
      1980
      03070001e50000
      03090001e50000
      031d0001e50000
      03230003f38dffc1a05791a3216f7c5d8581758822bc81e4f242ae81ed160fa19a8ef4f85c4711a8`,
  },
  {
    name: "limb leads with gaps",
    leads: limbLeads(50).map((lead) => withGaps(lead, [10, 12], [33, 40])),
    hex: `
      01 86656f60 06  323500 323d00 320d020001 320d020001 320d020001 321a020103
      0503000a0215070a02000102018b032a6e9f77f14e3f85be4d0c88f583dd22915c4cd9b2452751223a181a2c238af9eb54e41b20
      23
      0503000a0215070a0400010201b7090135b083918319d453644d036f727fa31a2736915d944c32544c340fdaa268d04fd43db5c9
      68186f30eab155b8a1
      0703000a0215070a0700586000
      0703000a0215070a0900586000
      0703000a0215070a1d00586000
      0703000a0215070a23000af837f4178095f027d77dad5cc38750`,
  },
  {
    name: "leads that are predicted from two and from three others",
    leads: [3, 5, 7, 11, 13].map((seed) => beats(120, seed)),
    hex: `
      01 e86c60ec 05  787400 787f00 7876020001 787a03000102 787303030102
      010200010202b909a3094d66251460633f7bf719f1fbf0995ca5987fd0ae1ea9cf8084b80c957af92efa43f3fc0f32a122bd2082
      e915135ece536b24f3668621305bb1f61602e43d85f0a2c01af81429c9164f4de12e0e1d5b864e3e898df7eaee5e418ce86cc131
      3352cabc90e1d52a6da7d400
      010200010206ee07e70fe607f407d50fd80775962a18c04418095a1e44bd01a7b4a721802d04dc0a5704150e1498523444db4ca4
      6115f2910ff1f1f5015eecb22165ee131f809fe4e1d739b190a07c147d75e6a8b7497691b83e782968045b3024a8b85afc2cc4e3
      60447b405a67a10a1103e41da2a224a179187ae1faf021
      0102084627dc03940206632f14150e05000135aa7df8062602170a0758284862dfdc7e463fc2f0241feca952e70437f7f9633a3b
      76c5c5a3fbc5bcc32fd7435db29642fc247039fde19fd63f90863bfd107cc01efbc2757f3ad8a75200d94b9ae575b06738afed41
      7d407c9f5e6dab691bc6657bb400
      0102084b58e6016d9604a602057b0f080f0400194f4a216839a465582a9d3f53f303c0fc4f8f9651b020c08bcab99f0c1f66fa17
      63be95c03b07783d9cc169b56f88021a63ae8a66361ece38d8027889aa020969d6bf29b8889d03cba5d0dd9aa5b8e06792960016
      f3543cab813ae3fd2c703e4afd33e2e15489
      010208be03820258870186012006ad01070001020100036575212b17724a8bd1f5fd39fc76251be87aa0ccee9cad7a0a9a66235e
      36dad9cdbcdee777e0fbd73ffab9c758294677fde94ef54ec2de9329e0a57be8e9a0c98ac8f0c8ee121f1821beb3d6afbe4423ed
      f551c84557c5bc9f70cc00`,
  },
  {
    name: "leads that are predicted from others, with gaps and a unit",
    leads: [3, 5, 7].map((seed) =>
      withGaps(
        beats(110, seed).map((sample) => 6 * sample),
        [0, 3],
        [50, 51],
        [90, 100],
      ),
    ),
    hex: `
      01 1e06220a 03  6e6e00 6e7900 6e6c020001
      0d0603032f01270a0a0c00010202b909a309026b48784403dc6f8fefc24ae55cc37f4230f54cfc0512e03cabc7e7cbf20fffe059
      6a784102de2ada8fbd755abec3fe4119f07f12856fbd4140c185f0a2c51afe1425c9164f4dc12e0edd5b07533e8b19e7d2bef46d
      cba891ae411f
      0d0603032f01270a0a0c00010206ee07e70fe607f407d50fd80703ace96ad000f8f025ee0d38a53e0c00d04ac0a574415ae14995
      23544704ea46296f1928dae27227e4161c99acf4466de264e1bb7bcccfee803ed556066a86e90ed20b83ff8296b845ab024aeb85
      9fdd6c2e16a4674715435a02049d9d0301
      0d0603032f01270a0a0e08205fc404e201064b1f0e030201000fa0abb41815716f003827bd69d09705b80c232d4d1e25f0ecd9b8
      442c449376cd9acfb0c08aad2eb4dd0a37edde3edd3e00ba68bbf48877c2bdd011fac4f70d1908f41e42980ee6d09de72d1c11a4
      3955904c`,
  },
  {
    name: "leads that are coded by their level",
    leads: [zigzag(130), withGaps(zigzag(130), [7, 20], [60, 61], [129, 130])],
    hex: `
      01 e0a4563a 02  82016600 82016d0100
      02120908e107659b01598b016fbc06e2060001b2af8833332debcddb2b503c176fe693c58772a7e13642653040d3aac16304283f
      00e49fb98358de6805f6c3e1ce92137ce1e8774bae556d43c57c5cc169be5965cfb5d06327a8619e1f479a0776f8586d9fe0
      060300070d2801440308dc02be02089301f80139442e128e015c0003651b4ca90f45f4324d35e7ba6d08c2031aa7b1e173932f13
      b66d1d02b792be021cd6814da3c1be7a6863c4d6cd16696c04a796e1796bea1ce55492a657480027a9af4deef3a2c6a0fadd94de
      0ad1e6a811`,
  },
  {
    name: "a short lead that is coded by its level",
    leads: [zigzag(91).map((sample, i) => (sample & 7) * (i % 5 === 0 ? 9 : i % 2 ? 1 : -1))],
    hex: `
      01 ff0d24f8 01  5b5000
      02100000000223fb4ee00a2445cd9cea214a5a1e0aedf75599001822cba6cdd5b041a4b5e506a3d313cf3bfeac3d56bca9683297
      a51de35d76c7b1b6f642952d5fdfad67afab45262464288355542003`,
  },
  {
    name: "a lead with steps that are too large for any class",
    leads: [
      Array.from({ length: 400 }, (_, i) =>
        i < 150 ? i & 1 : i < 301 ? 2_000_000_000 - (i & 3) : -0x7fffffff + (i & 1),
      ),
    ],
    hex: `
      01 caea623b 01  90038a0200
      0100090002facfacf30e84b0d38c01091dc1a4c09fb67b84def83a29e12e6cff4df791776b441cd6fe1a6be2ccd68c7de79d37ee
      c9354b03fffc0004bfff400057fffc001bfffd0006fffe0001dfff800047ffe00011fff900047ffe40015fff800047fff8001921
      3fd1fffe000c7ffe3fff1fffe000d7fffbfffffffaf8cd4a784c6e8b152fd94940ab916515be4eae419455ea1eef5c2ce05b3db5
      30bf19b4a28f28aa47a8371e0cc27fcaa428000f7fff7fff1fffd00063fffffff8fffe8006bfffffff8fffe8007845805bfff000
      08fffc00023fff20008fffc80023fff2000bfffc80025fff900067ffec0017fff8000525aef8d3f2abd62a87f77fd82ffdb3c854
      37e6f3a392b0`,
  },
];

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));

describe.each(GOLDEN)("a stored chunk of $name", ({ leads, place, hex }) => {
  const samples = leads.map((lead) => Int32Array.from(lead));

  it("is read", () => {
    expect(decodeChunk(fromHex(hex), undefined, place)).toEqual(samples);
  });

  it("is what is written", () => {
    expect(Buffer.from(encodeChunk(samples, place)).toString("hex")).toBe(hex.replaceAll(/\s/g, ""));
  });
});
