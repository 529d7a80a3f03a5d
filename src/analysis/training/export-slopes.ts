/**
 * Writes what `train_beats.py` is trained on: a line of JSON for each lead of the databases that `train-beats.ts` reads, and for made-up noise.
 * Usage: node src/analysis/training/export-slopes.ts --data FOLDER --data FOLDER ... > slopes.jsonl
 */
import { parseArgs } from "node:util";
import { annotatedStretch, type BeatRecord, readBeatRecords } from "../../../test/bench/beat-records.ts";
import { kernels, LastingRoom } from "../../kernels/kernels.ts";
import { SLOPE_RATE_HZ } from "../beats/kept-slopes.ts";
import { LeadSignal } from "../signal/lead-signal.ts";
import { makeVariants } from "./beat-variants.ts";
import { makeUpNoise } from "./made-up-noise.ts";
import { newRandom } from "./random.ts";
import { addRuns } from "./ventricular-runs.ts";

/** Beats are learned from to so many seconds before the first annotated beat and after the last, where others are not annotated. */
const MARGIN_SECONDS = 0.3;
/** So many recordings of noise, of two leads, are as long as a record of MIT-BIH. */
const NOISES = { count: 6, seconds: 1800 };

/** The slopes of a whole lead, as `KeptSlopes` keeps those of blocks. */
function measureSlopes(samples: Int32Array, samplingRate: number): Float32Array {
  const seconds = samples.length / samplingRate;
  const count = Math.floor(seconds * SLOPE_RATE_HZ);
  const signal = new LeadSignal(samplingRate, 0.5, seconds + 12);
  const room = new LastingRoom((maker) => {
    signal.makeArrays(maker);
    return { piece: maker.ints(signal.pieceLength), slopes: maker.floats(count) };
  });
  const slopes = room.use(({ piece, slopes }) => {
    for (let from = 0; from < samples.length; from += signal.pieceLength) {
      signal.push(samples.subarray(from, from + signal.pieceLength), piece);
    }
    signal.finish();
    signal.extendTo(signal.end + Math.ceil(signal.rate));
    const step = signal.rate / SLOPE_RATE_HZ;
    const place = 0.5 / signal.factor - 0.5;
    kernels.resampleSlopes(signal.valueAt(-1), place + 1, step, count, slopes.byteOffset);
    return slopes.slice();
  });
  room.clear();
  return slopes;
}

function toBase64(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

function exportRecord(record: BeatRecord): string[] {
  const { database, name, samplingRate, leads, reference } = record;
  const { from, to } = annotatedStretch(record, MARGIN_SECONDS);
  const seconds = (sample: number) => sample / samplingRate;
  return leads.map(({ samples }, lead) =>
    JSON.stringify({
      database,
      record: name,
      lead,
      annotated: record.isOpen ? [seconds(from), seconds(to)] : null,
      beats: reference.beats.map(({ sample }) => seconds(sample)),
      flutter: reference.flutter.map((stretch) => [seconds(stretch.from), seconds(stretch.to)]),
      slopes: toBase64(measureSlopes(samples, samplingRate)),
    }),
  );
}

/** What is made of no database, and records of MIT-BIH with runs of ventricular beats, of which databases have few. */
function* makeOthers(records: readonly BeatRecord[]): Generator<BeatRecord> {
  for (const variant of makeVariants([], 1)) yield { ...variant, database: "generated" };
  const random = newRandom(1);
  for (const record of records) {
    if (record.database === "mitdb") yield { ...addRuns(record, random), database: "runs" };
  }
}

const { values } = parseArgs({ options: { data: { type: "string", multiple: true, default: [] } } });
for (let seed = 1; seed <= NOISES.count; seed++) {
  for (const noise of makeUpNoise(newRandom(seed), NOISES.seconds))
    console.log(JSON.stringify({ noise: toBase64(noise) }));
}
const records: BeatRecord[] = [];
for (const folder of values.data) records.push(...(await readBeatRecords(folder)));
for (const record of records) for (const line of exportRecord(record)) console.log(line);
for (const record of makeOthers(records)) for (const line of exportRecord(record)) console.log(line);
