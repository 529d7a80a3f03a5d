import { countZeroCrossings } from "../../analysis/measures/zero-crossings.ts";
import { commonSamplingRate, type Lead, MILLIVOLT, MISSING, type Recording } from "../../recording/recording.ts";
import { toTimestamp } from "../../recording/timestamp.ts";
import { toSampleRange } from "../../recording/window.ts";
import type { EcgSummary } from "../api.ts";
import type { LeadAnswer } from "../signal/lead-part.ts";

/** An ECG of a file that was not sent: what the API would say of it, and its samples. */
type LocalEcg = { summary: EcgSummary; leads: readonly Lead[] };

/** @param id of the page alone */
export function newLocalEcg(id: string, recording: Recording, now: number): LocalEcg {
  const { leads, recordedAt, subject, device, note } = recording;
  const rate = commonSamplingRate(leads);
  const durations = leads.flatMap(({ samples, samplingRate }) => (samplingRate ? [samples.length / samplingRate] : []));
  const summary: EcgSummary = {
    id,
    date: toTimestamp(recordedAt ?? now),
    date_source: recordedAt === null ? "received" : "recorded",
    created_at: toTimestamp(now),
    subject: subject ?? null,
    device: device ?? null,
    note: note ?? null,
    sampling_rate: rate,
    duration: durations.length > 0 ? Math.max(...durations) : null,
    samples_sha256: null,
    heart_rate: null,
    qtc: null,
    findings: null,
    leads: leads.map((lead) => ({
      name: lead.name,
      n_samples: lead.samples.length,
      gain: lead.gain,
      baseline: lead.baseline,
      unit: lead.unit ?? MILLIVOLT,
      ...(lead.samplingRate !== rate && { sampling_rate: lead.samplingRate }),
      zero_crossings: countZeroCrossings(lead.samples).count,
    })),
  };
  return { summary, leads };
}

/**
 * The ECG as `GET /ecg/{id}` has it for a query.
 *
 * @param query with `leads` by name, `start` and `end` in seconds, `max_points`; with `signals=none` the ECG without its samples
 */
export function answerQuery({ summary, leads }: LocalEcg, query: URLSearchParams): EcgSummary {
  if (query.get("signals") === "none") return summary;
  const wanted = query.getAll("leads");
  const start = toNumber(query.get("start")) ?? 0;
  const end = toNumber(query.get("end")) ?? Number.POSITIVE_INFINITY;
  const most = toNumber(query.get("max_points")) ?? Number.POSITIVE_INFINITY;
  const answers = leads.flatMap((lead, i): LeadAnswer[] => {
    if (wanted.length > 0 && !wanted.includes(lead.name)) return [];
    const { samples, samplingRate } = lead;
    const { from, to } = samplingRate
      ? toSampleRange(start, end, samplingRate, samples.length)
      : { from: 0, to: samples.length };
    const part = to - from > most ? foldSamples(samples, from, to, most) : { signal: listSamples(samples, from, to) };
    return [{ ...summary.leads[i], start_sample: from, ...part }];
  });
  return { ...summary, leads: answers };
}

function listSamples(samples: Int32Array, from: number, to: number): (number | null)[] {
  return Array.from(samples.subarray(from, to), (sample) => (sample === MISSING ? null : sample));
}

/** The lowest and highest samples of stretches that begin at multiples of their length. */
function foldSamples(samples: Int32Array, from: number, to: number, most: number) {
  let step = Math.ceil((to - from) / most);
  while (Math.ceil(to / step) - Math.floor(from / step) > most) step++;
  const buckets: (number[] | null)[] = [];
  for (let begin = Math.floor(from / step) * step; begin < to; begin += step) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = Math.max(begin, from); i < Math.min(begin + step, to); i++) {
      if (samples[i] === MISSING) continue;
      if (samples[i] < low) low = samples[i];
      if (samples[i] > high) high = samples[i];
    }
    buckets.push(low <= high ? [low, high] : null);
  }
  return { samples_per_bucket: step, buckets };
}

function toNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}
