import fc from "fast-check";
import { expect, it } from "vitest";
import { newTail, SignalEncoder } from "../../src/store/signal-writer.ts";
import { newSignal } from "../support/signals.ts";

it("makes the same rows of samples, whatever the pieces they come in", () => {
  const leads = [{ chunkSamples: 64 }, { chunkSamples: 48 }];
  const samples = [newSignal(64 * 40 + 7), newSignal(48 * 39 + 5, 2)];
  const encode = (cuts: number[][]) => {
    const encoder = new SignalEncoder("id", leads, newTail(leads), false);
    const rows = [];
    const done = [0, 0];
    for (const cut of [...cuts, samples.map(({ length }) => length)]) {
      const piece = samples.map((signal, i) => signal.subarray(done[i], Math.max(done[i], cut[i])));
      for (const i of done.keys()) done[i] += piece[i].length;
      rows.push(...encoder.push(piece));
    }
    return [...rows, ...encoder.finish()];
  };
  const whole = encode([]);
  // 41 chunks are two groups.
  expect(whole.map((rows) => rows.map(({ chunkIndex }) => chunkIndex).at(-1))).toEqual([-1, -2]);
  const cut = fc.tuple(fc.nat(samples[0].length), fc.nat(samples[1].length));
  fc.assert(fc.property(fc.array(cut, { maxLength: 20 }), (cuts) => void expect(encode(cuts)).toEqual(whole)));
});

it("takes samples that come one by one", () => {
  const leads = [{ chunkSamples: 131_072 }, { chunkSamples: 131_072 }];
  const signal = newSignal(4 * 131_072);
  const encode = (pieceLength: number) => {
    const encoder = new SignalEncoder("id", leads, newTail(leads), false);
    const rows = [];
    for (let at = 0; at < signal.length; at += pieceLength) {
      const piece = signal.subarray(at, at + pieceLength);
      rows.push(...encoder.push([piece, piece]));
    }
    return [...rows, ...encoder.finish()];
  };
  expect(encode(1)).toEqual(encode(signal.length));
});
