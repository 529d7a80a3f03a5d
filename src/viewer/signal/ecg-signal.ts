import { api, type EcgSummary, readAnswer } from "../api.ts";
import { AgainLater } from "../page/again-later.ts";
import { explainError } from "../refusal.ts";
import { append, type LeadAnswer, type LeadPart, toLeadPart } from "./lead-part.ts";
import { rateOf } from "./rate.ts";
import { levelFor, pointsPerTile, samplesPerTile, type TileKey, tilesOf } from "./tile-plan.ts";
import { type Tile, TileStore } from "./tile-store.ts";

/** Buckets of the overview, which shows the whole recording. */
const OVERVIEW_POINTS = 1000;
/** Samples of a lead that are had at once where no sampling rate says how to cut them. */
const MAX_POINTS = 20_000;
/** The overview is fetched anew when the recording has become so many times as long. */
const OVERVIEW_GROWTH = 1.05;

/** So far about a time single samples are had where they are wanted, in seconds: in it is the next wave. */
const CLOSE_SECONDS = 1;

/** What there is of a lead in a window: its parts in the order of time, and the times of which a part is still to come. */
export type LeadView = { parts: readonly LeadPart[]; missing: readonly { from: number; to: number }[] };

/** The samples that are seen of an ECG: as they are, or as filters leave them. */
export type SeenSignal = Pick<
  EcgSignal,
  "rate" | "duration" | "isTimed" | "show" | "read" | "readOverview" | "findFailure"
>;

/** The samples of an ECG, as far as they have been asked for. */
export class EcgSignal {
  ecg: EcgSummary;
  /** The sampling rate of the fastest lead, in Hz; 1 where not all leads have one: then a second is a sample. */
  readonly rate: number;
  /** Seconds. */
  duration: number;
  /** Why the overview could not be had. */
  failure: string | undefined;
  private overview: Tile | undefined;
  private readonly points: number;
  private readonly store: TileStore;
  /** The leads by name; undefined for all. */
  private readonly names: string[] | undefined;
  /** Whether all leads have a sampling rate: only then can a window be asked for. */
  readonly isTimed: boolean;
  private readonly ending = new AbortController();
  private readonly again = new AgainLater(() => this.retry());
  private readonly onChange: () => void;
  /** The times about which single samples are fetched, too, whatever is seen: something is measured there. */
  closely: readonly number[] = [];
  /** The duration that the overview shows. */
  private overviewDuration: number;
  /** How often the overview was asked for, and which of these answers is there: an older one may come last. */
  private readonly overviews = { asked: 0, here: 0 };

  /**
   * @param leads the names of the leads that are wanted
   * @param onChange is called when there is more to be seen
   */
  constructor(ecg: EcgSummary, leads: readonly string[], onChange: () => void) {
    const shown = ecg.leads.filter(({ name }) => leads.includes(name));
    this.ecg = ecg;
    this.names = shown.length < ecg.leads.length ? shown.map(({ name }) => name) : undefined;
    this.isTimed = shown.every((lead) => rateOf(ecg, lead) !== null);
    this.rate = this.isTimed ? Math.max(...shown.map((lead) => rateOf(ecg, lead) ?? 0)) : 1;
    this.duration = this.durationOf(shown);
    this.overviewDuration = this.duration;
    this.onChange = onChange;
    this.points = pointsPerTile(shown.length);
    this.store = new TileStore((key, signal) => this.loadTile(key, signal), onChange);
    void this.loadOverview();
  }

  /** Takes what has been recorded meanwhile: what is known of the end is fetched anew, samples only as far as they are new. */
  grow(ecg: EcgSummary): void {
    const { duration: before } = this;
    this.ecg = ecg;
    this.duration = this.durationOf(ecg.leads.filter(({ name }) => this.names?.includes(name) ?? true));
    if (this.duration === before) return;
    this.store.expire((key) => this.timesOf(key).to > before);
    if (this.duration < this.overviewDuration * OVERVIEW_GROWTH && this.isTimed) return;
    this.overviewDuration = this.duration;
    void this.loadOverview();
  }

  /**
   * Has a window fetched, and what is beside it after that.
   *
   * @param samplesPerPixel of the fastest lead
   */
  show(from: number, to: number, samplesPerPixel: number): void {
    const length = to - from;
    const close = this.closely.flatMap((time) => this.tilesOf(time - CLOSE_SECONDS, time + CLOSE_SECONDS, 1));
    const [seen, before, after] = [
      [from, to],
      [from - length / 2, from],
      [to, to + length / 2],
    ].map(([start, end]) => this.tilesOf(start, end, samplesPerPixel));
    this.store.want([...seen, ...close, ...after, ...before]);
  }

  /** What there is of a lead in a window now. */
  read(lead: string, from: number, to: number, samplesPerPixel: number): LeadView {
    if (!this.isTimed) {
      const all = this.readOverview(lead);
      return all ? { parts: [all], missing: [] } : { parts: [], missing: [{ from: 0, to: this.duration }] };
    }
    const tiles = this.tilesOf(from, to, samplesPerPixel).map((key) => ({
      key,
      part: this.store.find(key)?.get(lead),
    }));
    return {
      parts: tiles.flatMap(({ part }) => part ?? []),
      missing: tiles.filter(({ part }) => !part).map(({ key }) => this.timesOf(key)),
    };
  }

  /** Why a part of a window could not be had; undefined if all of it was, or is still to come. */
  findFailure(from: number, to: number, samplesPerPixel: number): string | undefined {
    const failed = this.tilesOf(from, to, samplesPerPixel).map((key) => this.store.findFailure(key));
    return this.failure ?? failed.find((failure) => failure !== undefined);
  }

  /** The whole lead, coarsely; undefined until it is there. */
  readOverview(lead: string): LeadPart | undefined {
    return this.overview?.get(lead);
  }

  /** Tries again to have what could not be had. */
  retry(): void {
    this.store.retry();
    if (this.failure) void this.loadOverview();
  }

  close(): void {
    this.store.close();
    this.ending.abort();
    this.again.close();
  }

  /** The duration of the longest lead, in seconds; in samples where not all leads have a rate. */
  private durationOf(leads: EcgSummary["leads"]): number {
    const rates = leads.map((lead) => (this.isTimed && rateOf(this.ecg, lead)) || 1);
    return Math.max(...leads.map(({ n_samples }, i) => n_samples / rates[i]));
  }

  private tilesOf(from: number, to: number, samplesPerPixel: number): TileKey[] {
    if (!this.isTimed) return [];
    const { duration, rate, points } = this;
    return tilesOf({ from, to }, levelFor(samplesPerPixel), { duration, rate, points });
  }

  private async loadTile({ level, index }: TileKey, signal: AbortSignal): Promise<Tile> {
    const { from, to } = this.timesOf({ level, index });
    if (level > 0) return this.load({ start: String(from), end: String(to), max_points: this.points }, signal);
    const known = this.store.find({ level, index });
    const start = known ? this.endOf(known) : from;
    // What came first may have had more than was known of.
    if (known && start > this.duration - 1 / this.rate) return known;
    const query = { start: String(start), end: String(to), max_points: samplesPerTile(level, this.points) };
    const tile = await this.load(query, signal);
    return known ? new Map([...tile].map(([name, part]) => [name, append(known.get(name), part)])) : tile;
  }

  /** The time up to which all leads of a tile are known, in seconds: half a sample before the first that is not. */
  private endOf(tile: Tile): number {
    const ends = this.ecg.leads.flatMap((lead) => {
      const part = tile.get(lead.name);
      return part ? (part.start + part.low.length - 0.5) / (rateOf(this.ecg, lead) ?? 1) : [];
    });
    return Math.max(0, Math.min(...ends));
  }

  private timesOf({ level, index }: TileKey): { from: number; to: number } {
    const samples = samplesPerTile(level, this.points);
    return { from: (index * samples) / this.rate, to: ((index + 1) * samples) / this.rate };
  }

  private async loadOverview(): Promise<void> {
    const points = this.isTimed ? OVERVIEW_POINTS : MAX_POINTS;
    const { overviews } = this;
    const number = ++overviews.asked;
    const note = (failure: string | undefined, overview = this.overview) => {
      if (this.ending.signal.aborted || number < overviews.here) return;
      overviews.here = number;
      this.overview = overview;
      this.failure = failure;
      this.onChange();
    };
    try {
      note(undefined, await this.load({ max_points: points }, this.ending.signal));
    } catch (error) {
      note(explainError(error));
    }
  }

  private async load(query: { start?: string; end?: string; max_points: number }, signal: AbortSignal): Promise<Tile> {
    return this.again.watch(signal, () => readLeads(this.ecg.id, { ...query, leads: this.names }, signal));
  }
}

/** The parts of leads that a query asks for, by the leads' names. */
export async function readLeads(
  id: string,
  query: { leads?: string[]; start?: string; end?: string; max_points: number },
  signal: AbortSignal,
): Promise<Tile> {
  const answer = await api.ecg[":id"].$get({ param: { id }, query, header: {} }, { init: { signal } });
  const { leads } = (await readAnswer(answer)) as { leads: LeadAnswer[] };
  return new Map(leads.map((lead) => [lead.name, toLeadPart(lead)]));
}
