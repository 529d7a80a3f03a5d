import { MISSING } from "../../recording/recording.ts";
import type { EcgSignal, LeadView, SeenSignal } from "../signal/ecg-signal.ts";
import type { LeadPart } from "../signal/lead-part.ts";
import { rateOf } from "../signal/rate.ts";
import { allowedFilters, type Filters, isFiltered, marginOf, nameFilters, sectionsOf } from "./filters.ts";
import { filterBothWays } from "./sections.ts";

/** Up to so many samples fall on a pixel where filters apply: what is seen has to be fetched in samples. At 500 Hz it is 40 s. */
const MAX_SAMPLES_PER_PIXEL = 16;
/** Stretches that are kept filtered: two of each of the leads that may be seen. */
const MAX_KEPT = 128;

/** The signal that is filtered. */
type Source = SeenSignal & Pick<EcgSignal, "ecg">;

/** The samples of an ECG as filters leave them, on the screen alone. */
export class FilteredSignal implements SeenSignal {
  readonly filters: Filters;
  private readonly signal: Source;
  /** Seconds that are filtered on both sides of what is seen. */
  private readonly margin: number;
  private readonly kept = new Map<string, { of: readonly LeadPart[]; is: LeadPart[] }>();

  constructor(signal: Source, filters: Filters) {
    this.signal = signal;
    this.filters = filters;
    this.margin = marginOf(filters);
  }

  get rate(): number {
    return this.signal.rate;
  }

  get duration(): number {
    return this.signal.duration;
  }

  get isTimed(): boolean {
    return this.signal.isTimed;
  }

  /** What is done to the leads, in words: also that nothing is, where it cannot be. */
  describe(leads: readonly string[], samplesPerPixel: number): string {
    if (!this.isTimed) return "Not filtered: the sampling rate is not known";
    if (!this.applies(samplesPerPixel)) return "Not filtered: too much is seen at once";
    const groups = Map.groupBy(leads, (name) => nameFilters(allowedFilters(this.filters, this.rateOf(name) ?? 0)));
    const texts = [...groups].map(([text, names]) => (groups.size === 1 ? text : `${text} (${names.join(", ")})`));
    return `Filters: ${texts.join("; ")}`;
  }

  show(from: number, to: number, samplesPerPixel: number): void {
    if (this.applies(samplesPerPixel)) this.signal.show(from - this.margin, to + this.margin, 0);
    else this.signal.show(from, to, samplesPerPixel);
  }

  /** What there is of a lead's single samples, filtered where what is seen is. */
  readClosely(lead: string, from: number, to: number, samplesPerPixel: number): LeadView {
    return (this.applies(samplesPerPixel) ? this : this.signal).read(lead, from, to, 1);
  }

  read(lead: string, from: number, to: number, samplesPerPixel: number): LeadView {
    const rate = this.rateOf(lead);
    if (!this.applies(samplesPerPixel) || rate === null) return this.signal.read(lead, from, to, samplesPerPixel);
    const { margin } = this;
    const { parts, missing } = this.signal.read(lead, from - margin, to + margin, 0);
    // What is beside a time that is still to come will be another when it is there.
    const unsure = missing.map((gap) => ({ from: gap.from - margin, to: gap.to + margin }));
    const key = `${lead} ${parts.at(0)?.start} ${parts.at(-1)?.start}`;
    const kept = this.kept.get(key);
    const isSame = kept?.of.length === parts.length && kept.of.every((part, i) => part === parts[i]);
    const filtered = isSame ? kept.is : this.filter(parts, rate);
    this.kept.delete(key);
    this.kept.set(key, { of: parts, is: filtered });
    const [oldest] = this.kept.keys();
    if (this.kept.size > MAX_KEPT) this.kept.delete(oldest);
    return {
      parts: unsure.length === 0 ? filtered : filtered.map((part) => without(part, unsure, rate)),
      missing: unsure.filter((gap) => gap.from < to && gap.to > from),
    };
  }

  readOverview(lead: string): LeadPart | undefined {
    return this.signal.readOverview(lead);
  }

  findFailure(from: number, to: number, samplesPerPixel: number): string | undefined {
    if (!this.applies(samplesPerPixel)) return this.signal.findFailure(from, to, samplesPerPixel);
    return this.signal.findFailure(from - this.margin, to + this.margin, 0);
  }

  /** Whether it is this signal that is filtered. */
  isOf(signal: Source): boolean {
    return this.signal === signal;
  }

  private applies(samplesPerPixel: number): boolean {
    return this.isTimed && samplesPerPixel <= MAX_SAMPLES_PER_PIXEL;
  }

  private rateOf(name: string): number | null {
    const lead = this.signal.ecg.leads.find((one) => one.name === name);
    return lead ? rateOf(this.signal.ecg, lead) : null;
  }

  private filter(parts: readonly LeadPart[], rate: number): LeadPart[] {
    const sections = sectionsOf(this.filters, rate);
    return joinParts(parts).map(({ start, low }) => {
      const samples = filterBothWays(low, sections, Math.ceil(this.margin * rate));
      return { start, step: 1, low: samples, high: samples };
    });
  }
}

/** The signal as filters leave it, or as it is; the one before where it is that. */
export function filterSignal(signal: Source, filters: Filters, before?: SeenSignal): SeenSignal {
  if (!isFiltered(filters)) return signal;
  const isSame = before instanceof FilteredSignal && before.filters === filters && before.isOf(signal);
  return isSame ? before : new FilteredSignal(signal, filters);
}

/**
 * What there is of a lead's single samples in a window now, whatever is seen.
 *
 * @param samplesPerPixel of what is seen: filters apply to both, or to neither
 */
export function readClosely(signal: SeenSignal, lead: string, from: number, to: number, samplesPerPixel: number) {
  if (signal instanceof FilteredSignal) return signal.readClosely(lead, from, to, samplesPerPixel);
  return signal.read(lead, from, to, 1);
}

/** Parts of samples that follow one another, as one. */
function joinParts(parts: readonly LeadPart[]): { start: number; low: Int32Array }[] {
  const runs: { start: number; parts: LeadPart[]; end: number }[] = [];
  for (const part of parts) {
    const last = runs.at(-1);
    const end = part.start + part.low.length;
    if (last?.end === part.start) Object.assign(last, { end, parts: [...last.parts, part] });
    else runs.push({ start: part.start, parts: [part], end });
  }
  return runs.map(({ start, end, parts: joined }) => {
    const low = new Int32Array(end - start);
    for (const part of joined) low.set(part.low, part.start - start);
    return { start, low };
  });
}

/** A part without the samples of some times. */
function without(part: LeadPart, gaps: readonly { from: number; to: number }[], rate: number): LeadPart {
  const low = part.low.slice();
  for (const { from, to } of gaps) {
    const [first, end] = [from, to].map((time) => Math.max(0, Math.ceil(time * rate) - part.start));
    low.fill(MISSING, first, end);
  }
  return { ...part, low, high: low };
}
