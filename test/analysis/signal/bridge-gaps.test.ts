import { expect, it } from "vitest";
import { bridgeGaps } from "../../../src/analysis/signal/bridge-gaps.ts";
import { MISSING } from "../../../src/recording/recording.ts";

const GAP = MISSING;

it.each([
  { what: "nothing missing", samples: [1, 2, 3], bridged: [1, 2, 3] },
  { what: "a missing sample", samples: [1, GAP, 4], bridged: [1, 3, 4] },
  { what: "two", samples: [1, GAP, GAP, 7, GAP, 9], bridged: [1, 3, 5, 7, 8, 9] },
  { what: "more than it may bridge", samples: [1, GAP, GAP, GAP, 5], bridged: [1, GAP, GAP, GAP, 5] },
  { what: "the beginning and the end missing", samples: [GAP, 5, GAP], bridged: [GAP, 5, GAP] },
  { what: "samples far apart", samples: [-0x7fffffff, GAP, 0x7fffffff], bridged: [-0x7fffffff, 0, 0x7fffffff] },
  { what: "nothing at all", samples: [GAP, GAP], bridged: [GAP, GAP] },
])("bridges gaps of up to two samples: $what", ({ samples, bridged }) => {
  expect([...bridgeGaps(Int32Array.from(samples), 2)]).toEqual(bridged);
});
