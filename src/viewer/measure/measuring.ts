import type { EcgSummary } from "../api.ts";
import { Observable } from "../page/observable.ts";
import type { Scene } from "../paper/paint.ts";
import type { Reading } from "../reader/reading.ts";
import { rateOf } from "../signal/rate.ts";
import {
  type Caliper,
  type CaliperKind,
  type Cursor,
  type End,
  type Grip,
  type Held,
  MAX_CALIPERS,
  windowOf,
} from "./caliper.ts";
import { type Findings, measureCaliper } from "./findings.ts";
import { KnownWaves } from "./known-waves.ts";
import { paintMeasuring } from "./paint-measuring.ts";
import { type Place, placeFor, placeOf, placesOf, readSamples, readValue, unitOf } from "./places.ts";
import { findTurns, mergeTimes } from "./snap.ts";

/** A trace turns where it goes back by so many CSS pixels. */
const TURN = 4;
/** The length of a new caliper of the keyboard, as a share of its strip, and of a QT interval that nobody has measured, in seconds. */
const NEW_SHARE = 0.2;
const NEW_QT_SECONDS = 0.4;
/** A longer window is too coarse for single samples and waves to be told apart in it, in seconds. */
export const MOST_SECONDS = 60;

/** The cursor and the calipers of an ECG that is read. The calipers are in the view; what is held, and the cursor, are here. */
export class Measuring {
  readonly reading: Reading;
  readonly cursor = new Observable<Cursor | undefined>(undefined);
  readonly held = new Observable<Held | undefined>(undefined);
  private readonly waves: KnownWaves;
  private readonly endings: (() => void)[];
  private isFindingQt = false;

  constructor(reading: Reading) {
    this.reading = reading;
    const follow = () => {
      this.follow();
      reading.repaintOver();
    };
    this.waves = new KnownWaves(reading.ecg.id, durationOf(reading.ecg), () => reading.repaintOver());
    this.endings = [
      reading.summary.subscribe(() => this.waves.grow(durationOf(reading.ecg), reading.ecg.open === true)),
      reading.paintOver((g, scene) => paintMeasuring(g, scene, this)),
      this.cursor.subscribe(follow),
      this.held.subscribe(follow),
      reading.scene.subscribe(() => this.follow()),
    ];
    this.follow();
  }

  close(): void {
    for (const end of this.endings) end();
    this.waves.close();
  }

  get calipers(): readonly Caliper[] {
    return this.reading.view.value.calipers;
  }

  /** The caliper that is held, and where it is among all. */
  get heldCaliper(): { caliper: Caliper; index: number; grip: Grip } | undefined {
    const { value: held } = this.held;
    if (held === undefined || held === "cursor") return undefined;
    const caliper = this.calipers[held.index];
    return caliper && { caliper, ...held };
  }

  /** What a caliper says on one of the strips of its lead. */
  measure(caliper: Caliper, scene: Scene, place: Place): Findings {
    const { intervals } = this.waves.read(...windowOf(caliper));
    return measureCaliper(caliper, (time) => readValue(scene, place, time), intervals, scene.layout.isTimed);
  }

  /** All calipers whose leads are shown, with what they say and the units of their leads. */
  measureAll(scene: Scene): { caliper: Caliper; lead: string; findings: Findings; unit: string }[] {
    return this.calipers.flatMap((caliper) => {
      const place = placeOf(caliper, scene);
      if (!place) return [];
      const { label } = place.strip.lead;
      return { caliper, lead: label, findings: this.measure(caliper, scene, place), unit: unitOf(place) };
    });
  }

  /** The times to which something snaps on a strip: extremes of its trace, as far as its samples are there, and waves. */
  timesOn(scene: Scene, place: Place, from: number, to: number): number[] {
    const { start, samples } = readSamples(scene, place, from, to);
    const least = (TURN * scene.layout.ratio) / Math.abs(place.box.pixelsPerUnit);
    const turns = findTurns(samples, least).map((i) => (start + i) / place.strip.lead.samplingRate);
    const waves = this.waves.read(from, to).times.filter((time) => time >= from && time <= to);
    return mergeTimes(turns, waves);
  }

  /** Where a new measurement begins: at the cursor if it is seen, else in the middle. */
  anchor(scene: Scene): { time: number; place: Place } | undefined {
    const places = placesOf(scene);
    const { time, seconds } = scene.layout;
    const cursor = this.cursor.value;
    const at = cursor && placeFor(places, cursor.time, cursor.lead);
    if (cursor && at) return { time: cursor.time, place: at };
    const middle = time + seconds / 2;
    const place = placeFor(places, middle, undefined) ?? places[0];
    return place && { time: Math.max(place.strip.from, Math.min(place.strip.to, middle)), place };
  }

  /** Adds a caliper at the cursor, or in the middle of what is seen. */
  addAtCursor(): void {
    const scene = this.reading.scene.value;
    const anchor = scene && this.anchor(scene);
    if (!anchor) return;
    const { place, time } = anchor;
    const { strip } = place;
    const to = Math.min(strip.to, time + (strip.to - strip.from) * NEW_SHARE);
    this.add({ kind: "span", lead: strip.lead.name, from: { time, value: null }, to: { time: to, value: null } }, "to");
  }

  /** Measures the QT interval of the beat at the cursor. Where it is not known, somebody moves the ends to it. */
  async addQt(): Promise<void> {
    const scene = this.reading.scene.value;
    const anchor = scene && this.anchor(scene);
    // Who presses again while the beat is looked for has one caliper.
    if (!scene?.layout.isTimed || !anchor || this.isFindingQt) return;
    const { time, place } = anchor;
    const { duration } = scene.signal;
    this.isFindingQt = true;
    await this.waves.want(time, time);
    this.isFindingQt = false;
    const { qt } = this.waves.read(time, time);
    const distance = ({ onset, end }: { onset: number; end: number }) => Math.max(onset - time, time - end, 0);
    const nearest = qt.toSorted((a, b) => distance(a) - distance(b))[0];
    const [from, to] = nearest ? [nearest.onset, nearest.end] : [time, Math.min(duration, time + NEW_QT_SECONDS)];
    const end = (at: number): End => ({ time: at, value: null });
    this.add({ kind: "qt", lead: place.strip.lead.name, from: end(from), to: end(to) }, "to");
  }

  /** Lets the arrows move the cursor, which is in the middle of what is seen if there is none. */
  holdCursor(): void {
    const scene = this.reading.scene.value;
    const anchor = scene && this.anchor(scene);
    if (!anchor) return;
    this.cursor.set({ time: anchor.time, lead: anchor.place.strip.lead.name });
    this.held.set("cursor");
  }

  /** Lets the caliper that is held march, or stop. A QT interval does not. */
  toggleMarch(): void {
    const held = this.heldCaliper;
    if (!held || held.caliper.kind === "qt") return;
    const kind: CaliperKind = held.caliper.kind === "march" ? "span" : "march";
    this.replace(held.index, { ...held.caliper, kind });
  }

  /** Takes the caliper away that is held. */
  remove(): void {
    const held = this.heldCaliper;
    if (!held) return;
    this.held.set(undefined);
    this.setCalipers(this.calipers.filter((_, i) => i !== held.index));
  }

  /** Lets go of what is held; then of the cursor. */
  letGo(): void {
    if (this.held.value !== undefined) this.held.set(undefined);
    else this.cursor.set(undefined);
  }

  /** Adds a caliper, and holds it. The oldest goes where there are too many. */
  add(caliper: Caliper, grip: Grip): void {
    const calipers = [...this.calipers, caliper].slice(-MAX_CALIPERS);
    this.setCalipers(calipers);
    this.held.set({ index: calipers.length - 1, grip });
  }

  replace(index: number, caliper: Caliper): void {
    this.setCalipers(this.calipers.map((one, i) => (i === index ? caliper : one)));
  }

  private setCalipers(calipers: readonly Caliper[]): void {
    this.reading.change({ calipers });
  }

  /** Has what is measured with fetched: the samples and waves about the cursor and the ends of calipers. */
  private follow(): void {
    const { value: held } = this.held;
    // A caliper that is no longer there is not held.
    if (held !== undefined && held !== "cursor" && !this.calipers[held.index]) this.held.set(undefined);
    for (const caliper of this.calipers) if (caliper.kind === "qt") void this.waves.want(...windowOf(caliper));
    const layout = this.reading.scene.value?.layout;
    if (!layout?.isTimed) return;
    const [from, to] = [layout.time, layout.time + layout.seconds];
    const ends = this.calipers.flatMap((caliper) => [caliper.from.time, caliper.to.time]);
    const cursor = this.cursor.value;
    const seen = [...(cursor ? [cursor.time] : []), ...ends].filter((time) => time >= from && time <= to);
    const isClose = layout.seconds <= MOST_SECONDS;
    this.reading.lookClosely(isClose ? seen : []);
    if (isClose && seen.length > 0) void this.waves.want(from, to);
  }
}

/** The duration of the longest lead that has a sampling rate, in seconds. */
function durationOf(ecg: EcgSummary): number {
  return Math.max(...ecg.leads.map((lead) => lead.n_samples / (rateOf(ecg, lead) ?? Number.POSITIVE_INFINITY)));
}
