import { expect, it } from "vitest";
import { commonSamplingRate } from "../../src/recording/recording.ts";

it.each([
  { rates: [], common: null },
  { rates: [500], common: 500 },
  { rates: [null], common: null },
  { rates: [500, 500, 500], common: 500 },
  { rates: [250, 500, 500], common: 500 },
  { rates: [500, 250, 500], common: 500 },
  { rates: [250, 500], common: 250 },
  { rates: [500, 250], common: 500 },
  { rates: [250, 500, 1000, 1000, 500], common: 500 },
  { rates: [null, 500, 500], common: 500 },
  { rates: [500, null, null], common: null },
  { rates: [null, 500], common: null },
  { rates: [500, null], common: 500 },
  { rates: [0.5, 360.5, 360.5], common: 360.5 },
])("takes $common Hz for the rate of leads of $rates", ({ rates, common }) => {
  expect(commonSamplingRate(rates.map((samplingRate) => ({ samplingRate })))).toBe(common);
});
