import { isVoltage } from "../recording/recording.ts";
import { BeatDetector } from "./beats/beats.ts";
import { type Amplitude, newAmplitude } from "./measures/amplitude.ts";
import { newQuality, type Quality, withMotion } from "./measures/quality.ts";
import { countZeroCrossings } from "./measures/zero-crossings.ts";
import { bridgeSpikes } from "./signal/pacing-spikes.ts";
import { durationOf, eachStretch, type InsightLead, type ReadStretch } from "./signal/stretches.ts";
import type { UsedLead } from "./used-leads.ts";

/** What is measured of a lead by itself. */
export type LeadMeasures = { zeroCrossings: number; quality: Quality | null; amplitude: Amplitude | null };

/** A lead with less than a sample a second is not judged by its seconds. */
const LEAST_RATE_OF_SECONDS_HZ = 1;

/**
 * The first pass over the samples: what is measured of each lead, the beats and impulses, in seconds from the first
 * sample, and the numbers of the leads that have spikes. A pacemaker's spikes are no part of what the heart does: beats,
 * quality and amplitudes are measured without them.
 */
export async function findLeadsAndBeats(leads: readonly InsightLead[], used: readonly UsedLead[], read: ReadStretch) {
  const detector = new BeatDetector(used.map(({ samplingRate }) => samplingRate));
  const measures = leads.map(newLeadMeasure);
  const all = [...leads.keys()];
  const isUsed = new Set(used.map(({ number }) => number));
  /** The numbers of the leads that have spikes. */
  const spiked = new Set<number>();
  const impulses: number[] = [];
  await eachStretch(leads, async (from, to) => {
    const samples = await read(all, from, to);
    const bridged = samples.slice();
    const without = bridgeSpikes(used.map(({ number, ...lead }) => ({ ...lead, samples: samples[number] })));
    for (const [place, { number, samplingRate }] of used.entries()) {
      bridged[number] = without[place].samples;
      if (bridged[number] !== samples[number]) spiked.add(number);
      const first = Math.ceil(from * samplingRate);
      for (const at of without[place].spikes) impulses.push((first + at) / samplingRate);
    }
    for (const [i, measure] of measures.entries()) measure.push(samples[i], bridged[i]);
    detector.push(used.map(({ number }) => bridged[number]));
    for (const [place, lead] of used.entries()) if (durationOf(lead) <= to) detector.end(place);
  });
  const beats = detector.finish();
  const measured = measures.map((measure, i) => {
    const { quality, ...rest } = measure.finish();
    return { ...rest, quality: quality && isUsed.has(i) ? withMotion(quality, beats.doubtful) : quality };
  });
  return { leads: measured, strongHums: measures.map((measure) => measure.strongHums()), beats, impulses, spiked };
}

/** Measures a lead as its samples come. */
function newLeadMeasure(lead: InsightLead) {
  const { samplingRate, baseline } = lead;
  // Nothing is said in millivolts of what is no voltage.
  const gain = isVoltage(lead) ? lead.gain : null;
  const rate = samplingRate !== null && samplingRate >= LEAST_RATE_OF_SECONDS_HZ ? samplingRate : null;
  const quality = rate === null ? null : newQuality(rate, gain);
  const amplitude = newAmplitude(rate, gain, baseline);
  let crossings = { count: 0, lastSign: 0 };
  return {
    /** @param bridged the samples without a pacemaker's spikes */
    push(samples: Int32Array, bridged: Int32Array): void {
      quality?.push(bridged);
      amplitude.push(bridged);
      crossings = countZeroCrossings(samples, crossings);
    },
    strongHums: () => quality?.strongHums() ?? new Uint8Array(0),
    finish: (): LeadMeasures => ({
      zeroCrossings: crossings.count,
      quality: quality?.finish() ?? null,
      amplitude: amplitude.finish(),
    }),
  };
}
