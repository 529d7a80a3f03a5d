import { Observable } from "../page/observable.ts";
import type { Scene } from "../paper/paint.ts";
import type { Command } from "../reader/commands.ts";
import type { Grasp } from "../reader/gestures.ts";
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
  mapEnds,
  moveInTime,
} from "./caliper.ts";
import { type Findings, measureCaliper } from "./findings.ts";
import { KnownWaves } from "./known-waves.ts";
import { paintMeasuring } from "./paint-measuring.ts";
import {
  heightOf,
  type Place,
  placeAt,
  placeFor,
  placesOf,
  readSamples,
  readValue,
  spanOf,
  timeAt,
  valueAt,
  xOf,
  yOf,
} from "./places.ts";
import { findTurns, nextTime, snapTo } from "./snap.ts";

/** Something is snapped to, or taken hold of, from so many CSS pixels on. */
const REACH = 8;
/** A trace turns where it goes back by so many CSS pixels. */
const TURN = 4;
/** The length of a new caliper of the keyboard, as a share of its strip, and of a QT interval that nobody has measured, in seconds. */
const NEW_SHARE = 0.2;
const NEW_QT_SECONDS = 0.4;

const GRIPS: readonly Grip[] = ["to", "from", "both"];

/** The cursor and the calipers of an ECG that is read. The calipers are in the view; what is held, and the cursor, are here. */
export class Measuring {
  readonly reading: Reading;
  readonly cursor = new Observable<Cursor | undefined>(undefined);
  readonly held = new Observable<Held | undefined>(undefined);
  private readonly waves: KnownWaves;
  private readonly endings: (() => void)[];

  constructor(reading: Reading) {
    this.reading = reading;
    const repaint = () => reading.repaintOver();
    const { ecg } = reading;
    const duration = Math.max(
      ...ecg.leads.map((lead) => lead.n_samples / (rateOf(ecg, lead) ?? Number.POSITIVE_INFINITY)),
    );
    this.waves = new KnownWaves(ecg.id, duration, repaint);
    this.endings = [
      reading.paintOver((g, scene) => paintMeasuring(g, scene, this)),
      this.cursor.subscribe(repaint),
      this.held.subscribe(repaint),
      reading.view.subscribe(() => this.follow()),
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

  /** Looks at a place of the canvas, in CSS pixels. */
  look(x: number, y: number): void {
    const found = this.find(x, y);
    if (!found) return;
    const { scene, place } = found;
    const time = Math.max(place.strip.from, Math.min(place.strip.to, timeAt(x * scene.layout.ratio, place)));
    this.cursor.set({ time, lead: place.strip.lead.name });
    this.wantWaves(scene);
  }

  /** Takes hold of what a caliper has at a place of the canvas, in CSS pixels, or of a new one. */
  grasp(x: number, y: number, isNew: boolean): Grasp | undefined {
    const found = this.find(x, y);
    if (!found) return undefined;
    const { scene, index: strip, place } = found;
    this.wantWaves(scene);
    const held = isNew ? undefined : this.findGrip(x, y, scene);
    if (isNew) {
      const end = this.endAt(x, y, strip, true);
      this.add({ kind: "span", lead: place.strip.lead.name, from: end, to: end }, "to");
    } else if (held) this.held.set(held);
    else return undefined;
    let last = timeAt(x * scene.layout.ratio, place);
    return (toX, toY, isFree) => {
      const now = this.find(toX, toY)?.scene;
      const caliper = this.heldCaliper;
      if (!now || !caliper) return;
      if (caliper.grip !== "both") {
        const end = this.endAt(toX, toY, strip, !isFree);
        this.change(({ kind }) => (kind === "qt" ? { ...end, value: null } : end));
        return;
      }
      const time = timeAt(toX * now.layout.ratio, placesOf(now)[strip] ?? place);
      const by = time - last;
      last = time;
      this.replace(caliper.index, moveInTime(caliper.caliper, "both", by, now.signal.duration));
    };
  }

  /** Adds a caliper at the cursor, or in the middle of what is seen. */
  addAtCursor(): void {
    const scene = this.reading.scene.value;
    const anchor = scene && this.anchor(scene);
    if (!anchor) return;
    this.wantWaves(scene);
    const { place, time } = anchor;
    const { strip } = place;
    const to = Math.min(strip.to, time + (strip.to - strip.from) * NEW_SHARE);
    this.add({ kind: "span", lead: strip.lead.name, from: { time, value: null }, to: { time: to, value: null } }, "to");
  }

  /** Measures the QT interval of the beat at the cursor. Where it is not known, somebody moves the ends to it. */
  async addQt(): Promise<void> {
    const scene = this.reading.scene.value;
    const anchor = scene && this.anchor(scene);
    if (!scene?.layout.isTimed || !anchor) return;
    const { time, place } = anchor;
    const { duration } = scene.signal;
    await this.waves.want(time, time);
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
    this.wantWaves(scene);
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

  /** The keys of measuring. Those of what is held come before what they do else. */
  get commands(): Command[] {
    const isHeld = () => this.held.value === "cursor" || this.heldCaliper !== undefined;
    const holdsCaliper = () => this.heldCaliper !== undefined;
    const turn = (by: 1 | -1) => {
      const held = this.heldCaliper;
      if (held) this.held.set({ index: held.index, grip: GRIPS[(GRIPS.indexOf(held.grip) + by + 3) % 3] });
    };
    return [
      { keys: ["c"], says: "Caliper at the cursor", run: () => this.addAtCursor() },
      { keys: ["q"], says: "QT of the beat at the cursor", run: () => void this.addQt() },
      { keys: ["x"], says: "Cursor", run: () => this.holdCursor() },
      {
        keys: ["k"],
        says: "Next caliper",
        isOn: () => this.calipers.length > 0,
        run: () => this.hold(((this.heldCaliper?.index ?? -1) + 1) % this.calipers.length, "to"),
      },
      { keys: ["Tab"], says: "Caliper: its other end, or all of it", isOn: holdsCaliper, run: () => turn(1) },
      { keys: ["S-Tab"], says: "Caliper: the same, backwards", isOn: holdsCaliper, run: () => turn(-1) },
      {
        keys: ["ArrowRight", "ArrowLeft"],
        says: "Caliper or cursor: on or back",
        isOn: isHeld,
        run: (key) => this.step(key === "ArrowRight" ? 1 : -1),
      },
      {
        keys: ["S-ArrowRight", "S-ArrowLeft"],
        says: "Caliper or cursor: to the next wave or extreme",
        isOn: isHeld,
        run: (key) => this.leap(key === "S-ArrowRight" ? 1 : -1),
      },
      {
        keys: ["ArrowUp", "ArrowDown"],
        says: "Caliper: higher or lower; cursor: the lead above or below",
        isOn: isHeld,
        run: (key) => this.lift(key === "ArrowUp" ? 1 : -1),
      },
      { keys: ["m"], says: "Caliper: marches, or stops", isOn: holdsCaliper, run: () => this.toggleMarch() },
      { keys: ["Delete", "Backspace"], says: "Caliper: away with it", isOn: holdsCaliper, run: () => this.remove() },
      {
        keys: ["Escape"],
        says: "Let go of caliper and cursor",
        isOn: () => isHeld() || this.cursor.value !== undefined,
        run: () => this.letGo(),
      },
    ];
  }

  private find(x: number, y: number): { scene: Scene; index: number; place: Place } | undefined {
    const scene = this.reading.scene.value;
    if (!scene) return undefined;
    const places = placesOf(scene);
    const index = placeAt(places, x * scene.layout.ratio, y * scene.layout.ratio);
    return { scene, index, place: places[index] };
  }

  /** Where a new measurement begins: at the cursor if it is seen, else in the middle. */
  private anchor(scene: Scene): { time: number; place: Place } | undefined {
    const places = placesOf(scene);
    const { time, seconds } = scene.layout;
    const cursor = this.cursor.value;
    const at = cursor && placeFor(places, cursor.time, cursor.lead);
    if (cursor && at) return { time: cursor.time, place: at };
    const middle = time + seconds / 2;
    const place = placeFor(places, middle, undefined) ?? places[0];
    return place && { time: Math.max(place.strip.from, Math.min(place.strip.to, middle)), place };
  }

  /** The end of a caliper at a place of the canvas, in CSS pixels, on the strip with this index. */
  private endAt(x: number, y: number, index: number, snaps: boolean): End {
    const scene = this.reading.scene.value;
    const place = scene && placesOf(scene)[index];
    if (!place) return { time: 0, value: null };
    const { ratio } = scene.layout;
    const time = Math.max(0, Math.min(scene.signal.duration, timeAt(x * ratio, place)));
    const value = valueAt(y * ratio, place);
    if (!snaps) return { time, value };
    const reach = (REACH * ratio) / place.box.pixelsPerSecond;
    const wave = snapTo(this.waves.read(time, time).times, time, reach);
    const snapped = wave ?? snapTo(turnsOf(scene, place, time - 4 * reach, time + 4 * reach), time, reach);
    if (snapped !== undefined) return { time: snapped, value: null };
    const trace = readValue(scene, place, time);
    const isOnTrace =
      trace?.low === trace?.high && trace && Math.abs(yOf(trace.low, place) - y * ratio) <= REACH * ratio;
    return { time, value: isOnTrace ? null : value };
  }

  /** What of a caliper is at a place, in CSS pixels: an end, or its line from end to end. */
  private findGrip(x: number, y: number, scene: Scene): Exclude<Held, "cursor"> | undefined {
    const [atX, atY, reach] = [x, y, REACH].map((value) => value * scene.layout.ratio);
    for (const place of placesOf(scene)) {
      if (atX < place.box.x - reach || atX > place.box.x + place.box.width + reach) continue;
      for (const [index, caliper] of [...this.calipers.entries()].reverse()) {
        if (caliper.lead !== place.strip.lead.name) continue;
        const { top, bottom } = spanOf(caliper, scene, place);
        if (atY < top - reach || atY > bottom + reach) continue;
        const [from, to] = [xOf(caliper.from.time, place), xOf(caliper.to.time, place)];
        if (Math.abs(to - atX) <= reach) return { index, grip: "to" };
        if (Math.abs(from - atX) <= reach) return { index, grip: "from" };
        const isBetween = atX > Math.min(from, to) && atX < Math.max(from, to);
        if (isBetween && Math.abs(atY - bottom) <= reach) return { index, grip: "both" };
      }
    }
    return undefined;
  }

  private add(caliper: Caliper, grip: Grip): void {
    const calipers = [...this.calipers, caliper].slice(-MAX_CALIPERS);
    this.setCalipers(calipers);
    this.hold(calipers.length - 1, grip);
  }

  private hold(index: number, grip: Grip): void {
    this.held.set({ index, grip });
  }

  private replace(index: number, caliper: Caliper): void {
    this.setCalipers(this.calipers.map((one, i) => (i === index ? caliper : one)));
  }

  private setCalipers(calipers: readonly Caliper[]): void {
    this.reading.change({ calipers });
  }

  /** Changes the end that is held, by the caliper that it is of. */
  private change(to: (caliper: Caliper) => End): void {
    const held = this.heldCaliper;
    if (!held || held.grip === "both") return;
    this.replace(held.index, { ...held.caliper, [held.grip]: to(held.caliper) });
  }

  /** Where what is held is. */
  private get heldAt(): { scene: Scene; place: Place; time: number } | undefined {
    const scene = this.reading.scene.value;
    const caliper = this.heldCaliper;
    const cursor = this.held.value === "cursor" ? this.cursor.value : undefined;
    const lead = caliper?.caliper.lead ?? cursor?.lead;
    const time = caliper ? caliper.caliper[caliper.grip === "from" ? "from" : "to"].time : cursor?.time;
    if (!scene || time === undefined) return undefined;
    const places = placesOf(scene);
    const place = placeFor(places, time, lead) ?? places.find(({ strip }) => strip.lead.name === lead) ?? places[0];
    return place && { scene, place, time };
  }

  /** A pixel on or back, or a sample where these are farther apart. */
  private step(by: 1 | -1): void {
    const at = this.heldAt;
    if (!at) return;
    const { box, strip } = at.place;
    this.moveBy(by * Math.max(1 / strip.lead.samplingRate, at.scene.layout.ratio / box.pixelsPerSecond));
  }

  /** To the next wave or extreme of what is seen. */
  private leap(by: 1 | -1): void {
    const at = this.heldAt;
    if (!at) return;
    const { scene, place, time } = at;
    const { from, to } = place.strip;
    const known = this.waves.read(from, to).times.filter((one) => one >= from && one <= to);
    const next = nextTime([...known, ...turnsOf(scene, place, from, to)], time, by);
    if (next !== undefined) this.moveBy(next - time, true);
  }

  private moveBy(seconds: number, isSnapped = false): void {
    const at = this.heldAt;
    if (!at) return;
    const { duration } = at.scene.signal;
    const caliper = this.heldCaliper;
    if (!caliper) {
      const time = Math.max(0, Math.min(duration, at.time + seconds));
      this.cursor.set({ time, lead: at.place.strip.lead.name });
      return;
    }
    const moved = moveInTime(caliper.caliper, caliper.grip, seconds, duration);
    const isOnTrace = isSnapped && caliper.grip !== "both";
    this.replace(
      caliper.index,
      isOnTrace ? mapEnds(moved, caliper.grip, ({ time }) => ({ time, value: null })) : moved,
    );
  }

  /** A pixel up or down; the cursor goes to the lead above or below. */
  private lift(by: 1 | -1): void {
    const at = this.heldAt;
    if (!at) return;
    const { scene, place, time } = at;
    const caliper = this.heldCaliper;
    if (!caliper) {
      const there = placesOf(scene).filter(({ strip }) => time >= strip.from && time <= strip.to);
      const next = there.findIndex(({ strip }) => strip === place.strip) - by;
      if (there[next]) this.cursor.set({ time, lead: there[next].strip.lead.name });
      return;
    }
    if (caliper.caliper.kind === "qt") return;
    const lifted = mapEnds(caliper.caliper, caliper.grip, (end) => {
      const y = heightOf(end, scene, place) - by * scene.layout.ratio;
      return { time: end.time, value: valueAt(y, place) };
    });
    this.replace(caliper.index, lifted);
  }

  /** A caliper that is no longer there is not held. */
  private follow(): void {
    const { value: held } = this.held;
    if (held !== undefined && held !== "cursor" && !this.calipers[held.index]) this.held.set(undefined);
    for (const caliper of this.calipers) if (caliper.kind === "qt") void this.waves.want(...windowOf(caliper));
  }

  private wantWaves({ layout }: Scene): void {
    if (layout.isTimed) void this.waves.want(layout.time, layout.time + layout.seconds);
  }
}

/** The times at which a trace turns. */
function turnsOf(scene: Scene, place: Place, from: number, to: number): number[] {
  const { start, samples } = readSamples(scene, place, from, to);
  const least = (TURN * scene.layout.ratio) / Math.abs(place.box.pixelsPerUnit);
  return findTurns(samples, least).map((i) => (start + i) / place.strip.lead.samplingRate);
}

/** The times that a caliper spans. */
function windowOf({ from, to }: Caliper): [number, number] {
  return [Math.min(from.time, to.time), Math.max(from.time, to.time)];
}
