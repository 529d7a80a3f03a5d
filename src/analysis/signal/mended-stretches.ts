import { MISSING } from "../../recording/recording.ts";
import { bridgeGaps } from "./bridge-gaps.ts";
import { removeHum } from "./mains-hum.ts";
import { bridgeSpikes } from "./pacing-spikes.ts";
import type { InsightLead, ReadStretch } from "./stretches.ts";

/** The mains' hum of a lead: a sine of an amplitude in ADC units in the median second, and the frequency in Hz of each second in which it is strong, else 0. */
export type Hum = { frequencyHz: number; amplitude: number; strong: Uint8Array };

/** Waves are measured across gaps of up to this many seconds: half of the narrowest R wave. */
const SHORT_GAP_SECONDS = 0.01;
/** Waves are measured without hum where its amplitude is at least this share of the range of the stretch. */
const LEAST_HUM = 0.015;

/**
 * Reads samples as `read` does, and changes them.
 *
 * @param mend is given the samples of a lead, its number and the times, and gives others or the same
 */
export function mendStretches(
  read: ReadStretch,
  mend: (samples: Int32Array, number: number, from: number, to: number) => Int32Array,
): ReadStretch {
  return async (wanted, from, to) => {
    const samples = await read(wanted, from, to);
    return samples.map((lead, place) => mend(lead, wanted[place], from, to));
  };
}

/** Reads samples as `read` does, and takes a pacemaker's spikes out of the leads that have any. */
export function withoutSpikes(
  leads: readonly InsightLead[],
  spiked: ReadonlySet<number>,
  read: ReadStretch,
): ReadStretch {
  return async (wanted, from, to) => {
    const samples = await read(wanted, from, to);
    const places = [...wanted.keys()].filter((place) => spiked.has(wanted[place]));
    const bridged = bridgeSpikes(places.map((place) => ({ ...leads[wanted[place]], samples: samples[place] })));
    for (const [i, place] of places.entries()) samples[place] = bridged[i].samples;
    return samples;
  };
}

/** Reads samples as `read` does, with straight lines in gaps of a few samples: a wave is there though a sample of it was lost. */
export function withoutShortGaps(leads: readonly InsightLead[], read: ReadStretch): ReadStretch {
  return mendStretches(read, (samples, number) =>
    samples.includes(MISSING) ? bridgeGaps(samples, SHORT_GAP_SECONDS * (leads[number].samplingRate ?? 0)) : samples,
  );
}

/**
 * Reads samples as `read` does, and takes the mains' hum off the leads that have more than a little, always or then: their P waves are lost in it.
 *
 * @param hums of each lead
 */
export function withoutHum(
  leads: readonly InsightLead[],
  hums: readonly (Hum | null)[],
  read: ReadStretch,
): ReadStretch {
  return mendStretches(read, (samples, number, from, to) => {
    const hum = hums[number];
    const { samplingRate } = leads[number];
    if (!hum || samplingRate === null) return samples;
    const isAlways = !isWiderThan(hum.amplitude / LEAST_HUM, samples);
    const frequencyHz = isAlways ? hum.frequencyHz : hum.strong.subarray(Math.floor(from), Math.ceil(to)).find(Boolean);
    return frequencyHz ? removeHum(samples, samplingRate, frequencyHz) : samples;
  });
}

/** Whether the samples that are there differ by more than this: of most stretches one beat says so. */
function isWiderThan(range: number, samples: Int32Array): boolean {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < samples.length && high - low <= range; i++) {
    if (samples[i] === MISSING) continue;
    low = Math.min(low, samples[i]);
    high = Math.max(high, samples[i]);
  }
  return high - low > range;
}
