import { describe, expect, it } from "vitest";
import { ChunkReader } from "../../src/codec/chunk-reader.ts";
import { DamagedChunkError } from "../../src/codec/damaged-chunk-error.ts";
import { bridgeGaps, cutGaps, findRuns, readRuns, spreadRuns, takeRuns } from "../../src/codec/gaps.ts";
import { roomFor, withRoom } from "../../src/kernels/kernels.ts";
import { MISSING } from "../../src/recording/recording.ts";

const _ = MISSING;

describe("gaps", () => {
  it.each([
    { samples: [], runs: [], bridged: [], present: [] },
    { samples: [1, 2], runs: [0, 2], bridged: [1, 2], present: [1, 2] },
    { samples: [_, _], runs: [], bridged: [0, 0], present: [] },
    { samples: [_, 5, _, _, 7, 8, _], runs: [1, 2, 4, 6], bridged: [5, 5, 5, 5, 7, 8, 8], present: [5, 7, 8] },
    {
      samples: [_, 1, 2, 3, 4, 5, 6, _, 8, 9, _, 10],
      runs: [1, 7, 8, 10, 11, 12],
      bridged: [1, 1, 2, 3, 4, 5, 6, 6, 8, 9, 9, 10],
      present: [1, 2, 3, 4, 5, 6, 8, 9, 10],
    },
    { samples: [3, _, 4], runs: [0, 1, 2, 3], bridged: [3, 3, 4], present: [3, 4] },
  ])("of $samples are outside the runs $runs", ({ samples, runs, bridged, present }) => {
    const lead = Int32Array.from(samples);
    const found = withRoom(roomFor(4 * lead.length), (room) => {
      const inRoom = room.ints(lead.length);
      inRoom.set(lead);
      return findRuns(inRoom);
    });
    expect(found).toEqual(runs);
    const filled = lead.slice();
    bridgeGaps(filled, runs);
    expect(filled).toEqual(Int32Array.from(bridged));
    expect(takeRuns(lead.slice(), runs)).toEqual(Int32Array.from(present));
    const back = new Int32Array(lead.length);
    back.set(present);
    spreadRuns(back, runs);
    bridgeGaps(back, runs);
    expect(back).toEqual(Int32Array.from(bridged));
    cutGaps(back, runs);
    expect(back).toEqual(lead);
  });

  it.each([
    { runs: "one without samples", bytes: [1, 5, 0] },
    { runs: "one without samples behind another", bytes: [2, 0, 2, 3, 0] },
    { runs: "one beyond the lead", bytes: [1, 5, 60] },
  ])("$runs is damaged: from its samples a gap would be filled", ({ bytes }) => {
    expect(() => readRuns(new ChunkReader(Uint8Array.from(bytes)), 64)).toThrow(DamagedChunkError);
  });

  it("runs that follow one another at once are read", () => {
    expect(readRuns(new ChunkReader(Uint8Array.of(2, 0, 2, 0, 3)), 64)).toEqual([0, 2, 2, 5]);
  });
});
