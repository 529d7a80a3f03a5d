import { readClosely } from "../filters/filtered-signal.ts";
import { type Scene, samplesPerPixel } from "../paper/paint.ts";
import type { Grasp, Hand } from "../reader/gestures.ts";
import { type End, type Held, moveInTime } from "./caliper.ts";
import { type Measuring, MOST_SECONDS } from "./measuring.ts";
import { type Place, placeAt, placesOf, readValue, spanOf, timeAt, valueAt, xOf, yOf } from "./places.ts";
import { snapTo } from "./snap.ts";

/** Something is snapped to, or taken hold of, from so many CSS pixels on. */
const REACH = 8;

/** A place that was pointed at, on the strip with this index. */
type Point = { time: number; value: number; strip: number };

/** What a hand does with the cursor and calipers. Places are CSS pixels of the canvas. */
export class MeasureHands implements Hand {
  private readonly measuring: Measuring;
  /** Ends that were put where no samples were yet, as they were pointed at and as they are: they snap when these come. */
  private unsnapped: { grip: "from" | "to"; point: Point; end: End }[] = [];
  private readonly endings: (() => void)[];

  constructor(measuring: Measuring) {
    this.measuring = measuring;
    const { reading } = measuring;
    this.endings = [reading.scene.subscribe(() => this.snapLate()), reading.takeHand(this)];
  }

  close(): void {
    for (const end of this.endings) end();
  }

  /** Looks at a place. */
  look(x: number, y: number): void {
    const found = this.find(x, y);
    if (!found) return;
    const { scene, place } = found;
    const time = Math.max(place.strip.from, Math.min(place.strip.to, timeAt(x * scene.layout.ratio, place)));
    this.measuring.cursor.set({ time, lead: place.strip.lead.name });
  }

  /** Takes hold of what a caliper has at a place, or of a new one. */
  grasp(x: number, y: number, isNew: boolean): Grasp | undefined {
    const found = this.find(x, y);
    if (!found) return undefined;
    const { measuring } = this;
    const { scene, index: strip, place } = found;
    const held = isNew ? undefined : this.findGrip(x, y, scene);
    this.unsnapped = [];
    if (isNew) {
      const end = this.endAt(scene, this.pointAt(scene, x, y, strip), "from");
      measuring.add({ kind: "span", lead: place.strip.lead.name, from: end, to: end }, "to");
    } else if (held) measuring.held.set(held);
    else return undefined;
    let last = timeAt(x * scene.layout.ratio, place);
    return (toX, toY, isFree) => {
      const now = measuring.reading.scene.value;
      const caliper = measuring.heldCaliper;
      if (!now || !caliper) return;
      if (caliper.grip !== "both") {
        const point = this.pointAt(now, toX, toY, strip);
        this.put(caliper.grip, isFree ? freely(point) : this.endAt(now, point, caliper.grip));
        return;
      }
      const time = timeAt(toX * now.layout.ratio, placesOf(now)[strip] ?? place);
      const by = time - last;
      last = time;
      measuring.replace(caliper.index, moveInTime(caliper.caliper, "both", by, now.signal.duration));
    };
  }

  /** Puts an end of the caliper that is held somewhere. The ends of a QT interval stay on the trace. */
  private put(grip: "from" | "to", end: End): void {
    const held = this.measuring.heldCaliper;
    if (!held) return;
    const put = held.caliper.kind === "qt" ? { ...end, value: null } : end;
    this.measuring.replace(held.index, { ...held.caliper, [grip]: put });
  }

  private find(x: number, y: number): { scene: Scene; index: number; place: Place } | undefined {
    const scene = this.measuring.reading.scene.value;
    if (!scene) return undefined;
    const places = placesOf(scene);
    const index = placeAt(places, x * scene.layout.ratio, y * scene.layout.ratio);
    return { scene, index, place: places[index] };
  }

  private pointAt(scene: Scene, x: number, y: number, strip: number): Point {
    const place = placesOf(scene)[strip];
    if (!place) return { time: 0, value: 0, strip };
    const { ratio } = scene.layout;
    const time = Math.max(0, Math.min(scene.signal.duration, timeAt(x * ratio, place)));
    return { time, value: valueAt(y * ratio, place), strip };
  }

  /** The end of a caliper at a point: on what is near, on the trace, or free. */
  private endAt(scene: Scene, point: Point, grip: "from" | "to"): End {
    const end = snapEnd(this.measuring, scene, point);
    this.unsnapped = this.unsnapped.filter((one) => one.grip !== grip);
    if (isToCome(scene, point)) this.unsnapped.push({ grip, point, end });
    return end;
  }

  /** Snaps ends for which there are samples now, unless they were moved since. */
  private snapLate(): void {
    const scene = this.measuring.reading.scene.value;
    const caliper = this.measuring.heldCaliper?.caliper;
    if (!scene || this.unsnapped.length === 0) return;
    const here = this.unsnapped.filter(({ point }) => !isToCome(scene, point));
    this.unsnapped = this.unsnapped.filter((one) => !here.includes(one));
    for (const { grip, point, end } of here) {
      if (caliper?.[grip].time === end.time) this.put(grip, snapEnd(this.measuring, scene, point));
    }
  }

  /** What of a caliper is at a place: an end, or its line from end to end. */
  private findGrip(x: number, y: number, scene: Scene): Exclude<Held, "cursor"> | undefined {
    const [atX, atY, reach] = [x, y, REACH].map((value) => value * scene.layout.ratio);
    for (const place of placesOf(scene)) {
      if (atX < place.box.x - reach || atX > place.box.x + place.box.width + reach) continue;
      for (const [index, caliper] of [...this.measuring.calipers.entries()].reverse()) {
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
}

function freely({ time, value }: Point): End {
  return { time, value };
}

/** A point as the end of a caliper: on the nearest wave or extreme within reach, on the trace, or where it is. */
function snapEnd(measuring: Measuring, scene: Scene, point: Point): End {
  const place = placesOf(scene)[point.strip];
  if (!place) return freely(point);
  const { time, value } = point;
  const reach = (REACH * scene.layout.ratio) / place.box.pixelsPerSecond;
  const snapped = snapTo(measuring.timesOn(scene, place, time - 4 * reach, time + 4 * reach), time, reach);
  if (snapped !== undefined) return { time: snapped, value: null };
  const trace = readValue(scene, place, time);
  const isSample = trace !== undefined && trace.low === trace.high;
  const isOnTrace = isSample && Math.abs(yOf(trace.low, place) - yOf(value, place)) <= REACH * scene.layout.ratio;
  return { time, value: isOnTrace ? null : value };
}

/** Whether the samples at a point are still to come; where too much is seen none are fetched. */
function isToCome(scene: Scene, { time, strip }: Point): boolean {
  const place = placesOf(scene)[strip];
  if (!place || scene.layout.seconds > MOST_SECONDS) return false;
  const { name } = place.strip.lead;
  return readClosely(scene.signal, name, time, time, samplesPerPixel(scene)).missing.length > 0;
}
