import { kernels, type Maker } from "../kernels/kernels.ts";
import { ChunkReader } from "./chunk-reader.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { DamagedChunkError } from "./damaged-chunk-error.ts";
import {
  type DerivationDesk,
  derivationCode,
  derivationErrors,
  findDerivation,
  newDerivationDesk,
  readDerivation,
  undoDerivation,
} from "./derived-lead.ts";
import {
  type FitDesk,
  type FitLead,
  type FitRows,
  fitPredictor,
  type LeadArrays,
  newFitDesk,
  newFitLead,
  newLeadArrays,
} from "./fit-predictor.ts";
import { bridgeGaps, countPresent, type Runs, readRuns, spreadRuns, takeRuns, writeRuns } from "./gaps.ts";
import {
  ERRORS_BEYOND,
  type LinearPredictor,
  MAX_OWN,
  MAX_REFERENCES,
  predictionErrors,
  undoPrediction,
  WEIGHTS,
} from "./linear-predictor.ts";
import { arePlainSamplesSmaller, readPlainSamples, writePlainSamples } from "./plain-samples.ts";
import {
  decodeResiduals,
  encodeResiduals,
  estimateBits,
  newResidualDesk,
  newStream,
  type ResidualDesk,
} from "./residuals.ts";

/** The kinds of bodies, as encodeChunk describes them: the low two bits of a body's first byte. */
const PLAIN = 0;
const LINEAR = 1;
const LEVEL = 2;
const DERIVED = 3;
const KIND_MASK = 3;
/** The bit of a body's first byte which says that samples are missing. */
const HAS_GAPS = 4;
/** The bit of a body's first byte which says that its samples are multiples of a unit. */
const HAS_UNIT = 8;

/** A shorter lead is not fitted: the bytes of the weights would cost more than they save. */
const MIN_FIT_SAMPLES = 100;
/** A lead of so many samples is always fitted: the fixed predictors are not tried. */
const SURE_FIT_SAMPLES = 1000;
/** The fixed predictors of differences: Shorten's of the orders 1 to 3. */
const FIXED_PREDICTORS: readonly LinearPredictor[] = [[], [1], [2, -1]].map((ownWeights) => ({
  shift: 0,
  references: [],
  referenceWeights: [],
  ownWeights,
}));
/** When a derivation leaves fewer bits a sample than this, no other predictor is tried. */
const GOOD_DERIVATION_BITS = 0.5;
/** A derivation is looked for among so many leads, the first ones: in every usual order the limb leads are there. */
const MAX_DERIVATION_CANDIDATES = 8;

/** A lead from a chunk: its samples divided by the unit and with their gaps bridged, and the runs that are present. */
export type DecodedLead = { samples: Int32Array; unit: number; runs: Runs };

/** The memory in which leads are coded one after the other, in a room of the kernels. */
type EncodingDesk = {
  derivation: DerivationDesk;
  fit: FitDesk;
  residuals: ResidualDesk;
  weights: Int32Array;
  /** The errors of the best plan yet, and of one that is tried. */
  errors: readonly Int32Array[];
  /** The running sums of a lead that may be coded by its level, and what they are fitted by. */
  sums: Int32Array;
  ofSums: LeadArrays;
};

/** Makes a desk for so many leads of so many samples at most. */
export function newEncodingDesk(maker: Maker, leadCount: number, length: number): EncodingDesk {
  return {
    derivation: newDerivationDesk(maker, MAX_DERIVATION_CANDIDATES),
    fit: newFitDesk(maker, leadCount, length),
    residuals: newResidualDesk(maker, length),
    weights: maker.ints(WEIGHTS),
    errors: [maker.ints(length + ERRORS_BEYOND), maker.ints(length + ERRORS_BEYOND)],
    sums: maker.ints(length),
    ofSums: newLeadArrays(maker, leadCount),
  };
}

/** A way to code a lead: the bytes that describe it, and the errors of prediction that remain to be coded. */
type Plan = { kind: number; model: ChunkWriter; references: readonly number[]; errors: Int32Array };

/** About how many bits a lead takes by the plan. */
const planBits = ({ model, errors }: Plan, desk: EncodingDesk): number =>
  8 * model.length + estimateBits(errors, desk.residuals);

/**
 * Codes a lead in the way that takes the fewest bits.
 *
 * @param lead its samples divided by the unit, and with their gaps bridged
 * @param unit the number that all samples were multiples of
 * @param runs the runs of samples that are present
 * @param earlier the leads of the same length that are coded before this one
 * @param rows the samples that all leads of this length are fitted on
 * @param out gets the body
 * @returns the lead's references: indices among the earlier leads
 */
export function encodeLead(
  lead: FitLead,
  unit: number,
  runs: Runs,
  earlier: readonly FitLead[],
  rows: FitRows,
  desk: EncodingDesk,
  out: ChunkWriter,
): readonly number[] {
  const { kind, model, references, errors } = choosePlan(lead, runs, earlier, rows, desk);
  const gaps = errors.length < lead.samples.length ? HAS_GAPS : 0;
  const writeStart = (kind: number): void => {
    out.byte(kind | gaps | (unit > 1 ? HAS_UNIT : 0));
    if (unit > 1) out.unsigned(unit);
    if (gaps) writeRuns(out, runs);
  };
  const start = out.length;
  writeStart(kind);
  const modelStart = out.length;
  out.bytes(model.written);
  encodeResiduals(errors, out, desk.residuals);
  const present = gaps ? takeRuns(lead.samples.slice(), runs) : lead.samples;
  const isPlain = arePlainSamplesSmaller(present, out.length - modelStart);
  if (isPlain) {
    out.rewind(start);
    writeStart(PLAIN);
    writePlainSamples(out, present);
  }
  return isPlain ? [] : references;
}

function choosePlan(lead: FitLead, runs: Runs, earlier: readonly FitLead[], rows: FitRows, desk: EncodingDesk): Plan {
  const { samples } = lead;
  let [free, other] = desk.errors;
  const derived = planDerived(samples, runs, earlier, free, desk.derivation);
  if (derived && planBits(derived, desk) < GOOD_DERIVATION_BITS * samples.length) return derived;
  let best = derived;
  /** Keeps the plan if it is the best one; the array of the other one's errors is free then. */
  const consider = (options: Omit<LinearOptions, "runs" | "earlier" | "errors" | "weights">): void => {
    if (best) [free, other] = best.errors.byteOffset === free.byteOffset ? [other, free] : [free, other];
    const plan = planLinear({ ...options, runs, earlier, errors: free, weights: desk.weights });
    if (!best || planBits(plan, desk) < planBits(best, desk)) best = plan;
  };
  const canFit = samples.length >= MIN_FIT_SAMPLES;
  const first = samples[0] ?? 0;
  const considerLinear = (predictor: LinearPredictor): void =>
    consider({ kind: LINEAR, origin: first, signal: samples, start: first, predictor });
  if (canFit) considerLinear(fitPredictor(lead, earlier, rows, desk.fit));
  if (samples.length < SURE_FIT_SAMPLES) {
    for (const predictor of FIXED_PREDICTORS) considerLinear(predictor);
  }
  if (kernels.isRough(samples.byteOffset, samples.length, 1 + (samples.length >> 10))) {
    const mean = Math.round(samples.reduce((sum, sample) => sum + sample, 0) / samples.length);
    const sums = desk.sums.subarray(0, samples.length);
    integrate(samples, mean, runs, sums);
    const predictor = canFit
      ? fitPredictor(newFitLead(sums, earlier, rows, desk.ofSums, desk.fit), earlier, rows, desk.fit)
      : FIXED_PREDICTORS[0];
    consider({ kind: LEVEL, origin: mean, signal: sums, start: 0, predictor });
  }
  return best as Plan;
}

/** Sums up the samples, less their mean, from the first one on: the differences of these sums are the samples. */
function integrate(samples: Int32Array, mean: number, runs: Runs, sums: Int32Array): void {
  let sum = 0;
  let from = 0;
  for (let r = 0; r <= runs.length; r += 2) {
    sums.fill(sum, from, runs[r]);
    from = runs[r + 1];
    for (let i = runs[r]; i < from; i++) sums[i] = sum = (sum + samples[i] - mean) | 0;
  }
}

/** Undoes integrate, in place; the gaps are left to bridgeGaps. */
function differentiate(sums: Int32Array, mean: number): void {
  let last = 0;
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i];
    sums[i] = sum - last + mean;
    last = sum;
  }
}

type LinearOptions = {
  kind: typeof LINEAR | typeof LEVEL;
  /** The body's first number, by which the samples are found again: the first sample, or the mean. */
  origin: number;
  /** The samples or their running sums: the signal whose differences are predicted. */
  signal: Int32Array;
  /** The value before the signal's first one: the first difference is counted from it. */
  start: number;
  runs: Runs;
  predictor: LinearPredictor;
  /** The leads among which the predictor's references are. */
  earlier: readonly FitLead[];
  /** Memory for the errors and for the predictor's weights. */
  errors: Int32Array;
  weights: Int32Array;
};

function planLinear(options: LinearOptions): Plan {
  const { kind, origin, signal, start, runs, predictor, earlier, weights } = options;
  const model = new ChunkWriter();
  model.signed(origin);
  writePredictor(model, predictor);
  const references = predictor.references.map((reference) => earlier.findIndex((lead) => lead.samples === reference));
  const errors = predictionErrors(predictor, signal, start, runs, options.errors, weights);
  return { kind, model, references, errors };
}

function planDerived(
  samples: Int32Array,
  runs: Runs,
  earlier: readonly FitLead[],
  errors: Int32Array,
  desk: DerivationDesk,
): Plan | undefined {
  const candidates = earlier.slice(0, MAX_DERIVATION_CANDIDATES).map((lead) => lead.samples);
  const found = findDerivation(samples, candidates, desk);
  if (!found) return undefined;
  const { derivation, first, second } = found;
  const model = new ChunkWriter();
  model.byte(derivationCode(derivation));
  derivationErrors(derivation, samples, candidates[first], candidates[second], errors);
  return { kind: DERIVED, model, references: [first, second], errors: takeRuns(errors, runs) };
}

/** The memory in which leads are decoded one after the other, in a room of the kernels. */
type DecodingDesk = { stream: Uint8Array; weights: Int32Array };

/** Makes a desk for bodies of so many bytes at most. */
export function newDecodingDesk(maker: Maker, bodyBytes: number): DecodingDesk {
  return { stream: newStream(maker, bodyBytes), weights: maker.ints(WEIGHTS) };
}

/**
 * Undoes encodeLead.
 *
 * @param samples get the samples divided by the unit, and with their gaps bridged; they are in a room of the kernels
 * @param references the leads that it was predicted from, of the same length and in the same room
 * @throws DamagedChunkError when the body contradicts itself or the length
 */
export function decodeLead(
  body: Uint8Array,
  samples: Int32Array,
  references: readonly Int32Array[],
  desk: DecodingDesk,
): DecodedLead {
  const bytes = new ChunkReader(body);
  const flags = bytes.byte();
  if (flags > (KIND_MASK | HAS_GAPS | HAS_UNIT)) throw new DamagedChunkError("A lead of an unknown kind");
  const unit = flags & HAS_UNIT ? bytes.unsigned() : 1;
  const runs = flags & HAS_GAPS ? readRuns(bytes, samples.length) : samples.length > 0 ? [0, samples.length] : [];
  decodeSamples(flags & KIND_MASK, bytes, samples, runs, references, desk);
  return { samples, unit, runs };
}

function decodeSamples(
  kind: number,
  bytes: ChunkReader,
  samples: Int32Array,
  runs: Runs,
  references: readonly Int32Array[],
  { stream, weights }: DecodingDesk,
): void {
  const present = countPresent(runs);
  const readResiduals = (): void => {
    decodeResiduals(bytes, present, samples, stream);
    spreadRuns(samples, runs);
  };
  switch (kind) {
    case PLAIN:
      readPlainSamples(bytes, samples.subarray(0, present));
      spreadRuns(samples, runs);
      bridgeGaps(samples, runs);
      break;
    case LINEAR: {
      const start = bytes.signed();
      const predictor = readPredictor(bytes, references);
      readResiduals();
      undoPrediction(predictor, samples, start, runs, weights);
      break;
    }
    case LEVEL: {
      const mean = bytes.signed();
      const predictor = readPredictor(bytes, references);
      readResiduals();
      undoPrediction(predictor, samples, 0, runs, weights);
      differentiate(samples, mean);
      bridgeGaps(samples, runs);
      break;
    }
    default: {
      if (references.length !== 2) throw new DamagedChunkError("A derived lead needs two others");
      const derivation = readDerivation(bytes);
      readResiduals();
      undoDerivation(derivation, samples, references[0], references[1]);
      bridgeGaps(samples, runs);
    }
  }
}

function writePredictor(out: ChunkWriter, { shift, referenceWeights, ownWeights }: LinearPredictor): void {
  const ownCount = 1 + ownWeights.findLastIndex((weight) => weight !== 0);
  out.byte(shift);
  for (const weight of referenceWeights) out.signed(weight);
  out.byte(ownCount);
  for (const weight of ownWeights.slice(0, ownCount)) out.signed(weight);
}

function readPredictor(bytes: ChunkReader, references: readonly Int32Array[]): LinearPredictor {
  if (references.length > MAX_REFERENCES)
    throw new DamagedChunkError(`A lead is predicted from ${references.length} others`);
  const shift = bytes.byte();
  if (shift > 31) throw new DamagedChunkError("A predictor with weights beyond 31 bits");
  const referenceWeights = readWeights(bytes, 2 * references.length);
  const ownCount = bytes.byte();
  if (ownCount > MAX_OWN) throw new DamagedChunkError(`A predictor looks back on ${ownCount} differences`);
  return { shift, references, referenceWeights, ownWeights: readWeights(bytes, ownCount) };
}

function readWeights(bytes: ChunkReader, count: number): number[] {
  const weights: number[] = [];
  for (let i = 0; i < count; i++) weights.push(bytes.signed());
  return weights;
}
