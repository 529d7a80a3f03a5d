import type { EcgSummary } from "../api.ts";
import { isMuchLonger } from "../live/pace.ts";
import { AgainLater } from "../page/again-later.ts";
import { type Loaded, load, untilLoaded, valueIn } from "../page/loaded.ts";
import { Observable } from "../page/observable.ts";
import { writeClock, writeNumber } from "../page/words.ts";
import { centreOn, closeIn } from "../reader/moves.ts";
import type { Reading } from "../reader/reading.ts";
import { type Beats, type Interval, intervalsOf, neighbourOf, timesOutOfRule } from "./beats.ts";
import { hasBeatsAtOnce } from "./beats-at-once.ts";
import { EventList } from "./event-list.ts";
import { newMarksPainter, type Visited } from "./paint-marks.ts";
import { newSpikesPainter } from "./paint-spikes.ts";
import {
  type AverageBeats,
  type EcgEvent,
  type Insights,
  readBeatsOf,
  readInsights,
  type Waves,
} from "./read-insights.ts";
import { BEAT_NAMES, describeEvent, nameEvent } from "./words.ts";

/** What is marked on the paper. */
export type Marks = { beats: boolean; waves: boolean };

/** Waves are had of pieces that are so long, in seconds, and so much on both sides, in which no beat is cut off. */
const PIECE_SECONDS = 60;
const MARGIN_SECONDS = 3;
/** Waves are marked where so many seconds are seen at the most: they could not be told apart in more. */
const MOST_WAVES_SECONDS = 30;
/** What begins so much behind where one is, in seconds, is the next one at the least; the left edge is so much before what is there. */
const NEXT_SECONDS = 0.2;
/** Who goes to an event while more is seen, in seconds, comes closer: it could not be made out. */
const MOST_EVENT_SECONDS = 60;

/** What was measured in an ECG that is being read, as far as it has been asked for, and how it is marked on the paper. */
export class EcgInsights {
  readonly reading: Reading;
  readonly measured = new Observable<Loaded<Insights>>({ state: "unasked" });
  readonly events = new EventList(this.measured, (from) => this.readEvents(from));
  readonly beats = new Observable<Loaded<Beats>>({ state: "unasked" });
  readonly averages = new Observable<Loaded<AverageBeats>>({ state: "unasked" });
  /** The times of a pacemaker's spikes, in seconds. */
  readonly spikes = new Observable<Loaded<Float64Array>>({ state: "unasked" });
  readonly marks = new Observable<Marks>({ beats: true, waves: false });
  /** Where one has gone last: an event, a beat, a place of a chart. */
  readonly visited = new Observable<Visited | undefined>(undefined);
  /** Whether beats are many, and measuring anew takes its time. */
  readonly isLong: boolean;
  /** The waves of pieces, and up to which second these were measured. */
  private readonly pieces = new Map<number, { waves: readonly Waves[]; until: number }>();
  private readonly ending = new AbortController();
  private readonly again = new AgainLater(() => this.retry());
  private readonly endings: (() => void)[];
  /** The duration of what was measured. */
  private measuredSeconds: number;
  /** Whether more was to come when it was measured. */
  private isOpen: boolean;
  /** The measuring that is under way, and whether another waits for its end. */
  private measuring: Promise<unknown>;
  private isWaiting = false;
  /** The step to an event that was asked for last: each begins where the one before has led. */
  private stepping: Promise<void> = Promise.resolve();
  private intervalsNow: { of: Beats; within: readonly EcgEvent[]; are: Interval[] } | undefined;

  constructor(reading: Reading) {
    this.reading = reading;
    this.isLong = !hasBeatsAtOnce(reading.ecg);
    this.measuredSeconds = reading.ecg.duration ?? 0;
    this.isOpen = reading.ecg.open === true;
    const paint = () => reading.repaintOver();
    this.endings = [
      reading.paintOver(
        newMarksPainter(() => this.marked),
        true,
      ),
      reading.paintOver(
        newSpikesPainter(() => (this.marks.value.beats ? valueIn(this.spikes.value) : undefined)),
        true,
      ),
      ...[this.measured, this.beats, this.spikes, this.marks, this.visited].map((observable) =>
        observable.subscribe(paint),
      ),
      this.marks.subscribe(() => this.followWaves()),
      reading.scene.subscribe(() => this.followWaves()),
      reading.summary.subscribe(() => void this.followGrowth(reading.ecg)),
    ];
    const measured = this.measure().then(() => this.isLong || this.followPacing());
    this.measuring = Promise.all([measured, !this.isLong && this.findBeats()]);
  }

  async measure(): Promise<void> {
    const query = { series: "events,hours,rr_histogram" };
    await this.load(this.measured, (signal) => readInsights(this.reading.ecg.id, query, signal));
    void this.followUnusable();
  }

  async findBeats(): Promise<void> {
    this.followPacing();
    await this.load(this.beats, (signal) => readBeatsOf(this.reading.ecg, signal));
    void this.followUnusable();
  }

  findSpikes(): Promise<void> {
    return this.load(this.spikes, async (signal) => {
      const { series } = await readInsights(this.reading.ecg.id, { series: "pacing" }, signal);
      return Float64Array.from(series?.pacing ?? [], ({ time }) => time);
    });
  }

  average(): Promise<void> {
    return this.load(this.averages, async (signal) => {
      const { series } = await readInsights(this.reading.ecg.id, { series: "average_beats" }, signal);
      return series?.average_beats ?? { sampling_rate: 0, start: 0, kinds: [], others: 0 };
    });
  }

  mark(changes: Partial<Marks>): void {
    this.marks.set({ ...this.marks.value, ...changes });
    if (this.marks.value.beats && this.beats.value.state === "unasked") void this.findBeats();
  }

  /** Shows a time, and marks it with what follows. @param says what is there, as it is written there */
  goTo(time: number, seconds = 0, says = ""): void {
    this.visited.set({ from: time, to: time + seconds, says });
    this.reading.move((view, frame) =>
      frame.seconds > MOST_EVENT_SECONDS ? closeIn(view, frame, time) : centreOn(view, frame, time),
    );
  }

  /** Goes to an event, and says what it is, with all that begins there. */
  goToEvent({ time, duration }: EcgEvent): void {
    const { shown, count } = this.events;
    const here = shown.filter((one) => one.time === time);
    const names = here.map((one) => `${nameEvent(one.kind)} ${describeEvent(one)}`);
    const place = `${writeNumber(shown.lastIndexOf(here[here.length - 1]) + 1)} of ${writeNumber(count)}`;
    const clock = writeClock(this.reading.ecg, time);
    this.goTo(time, duration, [names.join("; "), place, ...(clock ? [clock] : [])].join(" · "));
  }

  /** Goes to the next event of those that are shown, or the one before, as soon as events are there. */
  stepEvent(by: 1 | -1): Promise<void> {
    this.stepping = this.stepping.then(() => this.goToNextEvent(by));
    return this.stepping;
  }

  private async goToNextEvent(by: 1 | -1): Promise<void> {
    await untilLoaded(this.measured);
    const { events } = this;
    const { value: asked } = this.visited;
    await (by > 0 ? events.loadBeyond(this.here + NEXT_SECONDS) : events.loadUpTo(this.here));
    // Whoever has gone elsewhere meanwhile stays there.
    if (this.visited.value !== asked) return;
    if (events.state.value.state === "failed") return this.sayHere(events.state.value.why);
    const time = this.neighbour(
      Float64Array.from(events.shown, (event) => event.time),
      by,
    );
    const event = events.shown.find((one) => one.time === time);
    if (event) this.goToEvent(event);
    else if (events.shown.length === 0) this.sayHere("No event was found");
    else this.sayHere(`No event ${whereTo(by)}`);
  }

  /** Goes to the next beat that is not normal, or the one before, as soon as beats are there. */
  async stepBeat(by: 1 | -1): Promise<void> {
    if (this.beats.value.state === "unasked") void this.findBeats();
    await untilLoaded(this.beats);
    const beats = valueIn(this.beats.value);
    if (!beats) return;
    const times = timesOutOfRule(beats);
    const time = this.neighbour(times, by);
    if (time === undefined) {
      this.sayHere(times.length === 0 ? "All beats that were found are normal" : `All beats ${whereTo(by)} are normal`);
      return;
    }
    const name = BEAT_NAMES[beats.types[beats.times.indexOf(time)]];
    this.goTo(time, 0, `${name} beat · ${writeNumber(times.indexOf(time) + 1)} of ${writeNumber(times.length)}`);
  }

  /** Goes to the next one of these times, or the one before. */
  stepAmong(times: Float64Array, by: 1 | -1): void {
    const time = this.neighbour(times, by);
    if (time !== undefined) this.goTo(time);
  }

  /** The intervals between beats; undefined before these are there. */
  get intervals(): Interval[] | undefined {
    const [beats, measured] = [valueIn(this.beats.value), valueIn(this.measured.value)];
    if (!beats || !measured) return undefined;
    const { all } = this.events;
    if (this.intervalsNow?.of !== beats || this.intervalsNow.within !== all) {
      const unusable = all
        .filter(({ kind }) => kind === "unusable")
        .map(({ time, duration }) => ({ from: time, to: time + duration }));
      this.intervalsNow = { of: beats, within: all, are: intervalsOf(beats, unusable) };
    }
    return this.intervalsNow.are;
  }

  close(): void {
    this.ending.abort();
    this.again.close();
    for (const end of this.endings) end();
  }

  private sayHere(says: string): void {
    this.visited.set({ from: this.here, to: this.here, says });
  }

  /** The place that one has gone to, if that is still seen, or else the left edge, in seconds. */
  private get here(): number {
    const { time = 0, seconds = 0 } = this.reading.frame ?? {};
    const { value: last } = this.visited;
    return last && last.from >= time && last.from <= time + seconds ? last.from : time;
  }

  /** The next time, from here on. */
  private neighbour(times: Float64Array, by: 1 | -1): number | undefined {
    const { frame } = this.reading;
    if (!frame) return undefined;
    const isAtEdge = this.here !== this.visited.value?.from;
    return neighbourOf(times, this.here - (isAtEdge && by > 0 ? NEXT_SECONDS : 0), by);
  }

  private async readEvents(from: number): Promise<readonly EcgEvent[]> {
    const { signal } = this.ending;
    const query = { series: "events", events_from: String(from) };
    const { series } = await this.again.watch(signal, () => readInsights(this.reading.ecg.id, query, signal));
    return series?.events?.list ?? [];
  }

  /** Has the spikes where there are any: of a day they are as many as beats. */
  private followPacing(isAnew = false): void {
    const isDue = isAnew || this.spikes.value.state === "unasked";
    if (valueIn(this.measured.value)?.paced && isDue) void this.findSpikes();
  }

  /** Has all times that are not usable, where there are beats: no interval is drawn over them. */
  private async followUnusable(): Promise<void> {
    if (valueIn(this.beats.value)) await this.events.loadAllOf("unusable");
  }

  private get marked() {
    const { beats, waves } = this.marks.value;
    return {
      beats: beats ? valueIn(this.beats.value) : undefined,
      waves: waves ? [...this.pieces.values()].flatMap(({ waves }) => waves) : [],
      leads: valueIn(this.measured.value)?.leads ?? [],
      visited: this.visited.value,
    };
  }

  /** Has what has grown measured anew: now and then, of a long recording seldom, and when it has ended. */
  private async followGrowth({ duration, open }: EcgSummary): Promise<void> {
    const isEnough = isMuchLonger(duration ?? 0, this.measuredSeconds);
    const hasEnded = this.isOpen && !open;
    if (this.isWaiting || !(isEnough || hasEnded)) return;
    // What is under way is waited for: of two answers the older one might come last.
    this.isWaiting = true;
    await this.measuring;
    this.isWaiting = false;
    const { ecg } = this.reading;
    this.measuredSeconds = ecg.duration ?? 0;
    this.isOpen = ecg.open === true;
    const isMarked = this.beats.value.state !== "unasked";
    const measured = this.measure().then(() => isMarked && this.followPacing(true));
    this.measuring = Promise.all([measured, isMarked && this.findBeats()]);
    this.followWaves();
  }

  /** Has the waves of what is seen measured, unless it is too much; of what grows anew when all is. */
  private followWaves(): void {
    const { frame } = this.reading;
    if (!this.marks.value.waves || !frame || frame.seconds > MOST_WAVES_SECONDS) return;
    if (!this.reading.scene.value?.layout.isTimed) return;
    const last = Math.floor((frame.time + frame.seconds) / PIECE_SECONDS);
    for (let piece = Math.floor(frame.time / PIECE_SECONDS); piece <= last; piece++) {
      if (piece * PIECE_SECONDS >= frame.duration) continue;
      const until = Math.min(frame.duration, (piece + 1) * PIECE_SECONDS + MARGIN_SECONDS);
      const known = this.pieces.get(piece);
      if (!known || known.until < Math.min(until, this.measuredSeconds)) void this.findWaves(piece, until);
    }
  }

  private async findWaves(piece: number, until: number): Promise<void> {
    const [from, to] = [piece * PIECE_SECONDS, (piece + 1) * PIECE_SECONDS];
    const query = { series: "waves", start: String(Math.max(0, from - MARGIN_SECONDS)), end: String(until) };
    const asked = { waves: this.pieces.get(piece)?.waves ?? [], until };
    this.pieces.set(piece, asked);
    const found = await readInsights(this.reading.ecg.id, query, this.ending.signal).catch(() => undefined);
    // Of two answers the older one may come last.
    if (this.pieces.get(piece) !== asked) return;
    if (found) asked.waves = found.series?.waves?.filter(({ time }) => time >= from && time < to) ?? [];
    // They are asked for again when the paper moves.
    else this.pieces.delete(piece);
    this.reading.repaintOver();
  }

  /** Asks again for what could not be had. */
  private retry(): void {
    if (this.measured.value.state === "failed") void this.measure().then(() => this.isLong || this.followPacing());
    if (this.beats.value.state === "failed") void this.findBeats();
    if (this.averages.value.state === "failed") void this.average();
    if (this.spikes.value.state === "failed") void this.findSpikes();
    if (this.events.state.value.state === "failed") void this.events.loadMore();
  }

  private async load<T>(into: Observable<Loaded<T>>, read: (signal: AbortSignal) => Promise<T>): Promise<void> {
    const { signal } = this.ending;
    if (into.value.state === "loading") return;
    await load(into, signal, () => this.again.watch(signal, () => read(signal)));
  }
}

function whereTo(by: 1 | -1): string {
  return by > 0 ? "further on" : "before";
}
