import type { Scene } from "../paper/paint.ts";
import type { Command } from "../reader/commands.ts";
import { type Grip, mapEnds, moveInTime } from "./caliper.ts";
import type { Measuring } from "./measuring.ts";
import { heightOf, type Place, placeFor, placesOf, valueAt } from "./places.ts";
import { nextTime } from "./snap.ts";

const GRIPS: readonly Grip[] = ["to", "from", "both"];

/** The keys of measuring. Those of what is held come before what they do else. */
export function commandsOfMeasuring(measuring: Measuring): Command[] {
  const holdsCaliper = () => measuring.heldCaliper !== undefined;
  const isHeld = () => measuring.held.value === "cursor" || holdsCaliper();
  const turn = (by: 1 | -1) => {
    const held = measuring.heldCaliper;
    if (held) measuring.held.set({ index: held.index, grip: GRIPS[(GRIPS.indexOf(held.grip) + by + 3) % 3] });
  };
  return [
    { keys: ["c"], says: "Caliper at the cursor", run: () => measuring.addAtCursor() },
    { keys: ["q"], says: "QT of the beat at the cursor", run: () => void measuring.addQt() },
    { keys: ["x"], says: "Cursor", run: () => measuring.holdCursor() },
    {
      keys: ["k"],
      says: "Next caliper",
      isOn: () => measuring.calipers.length > 0,
      run: () => {
        const next = ((measuring.heldCaliper?.index ?? -1) + 1) % measuring.calipers.length;
        measuring.held.set({ index: next, grip: "to" });
      },
    },
    { keys: ["Tab"], says: "Caliper: its other end, or all of it", isOn: holdsCaliper, run: () => turn(1) },
    { keys: ["S-Tab"], says: "Caliper: the same, backwards", isOn: holdsCaliper, run: () => turn(-1) },
    {
      keys: ["ArrowRight", "ArrowLeft"],
      says: "Caliper or cursor: on or back",
      isOn: isHeld,
      run: (key) => step(measuring, key === "ArrowRight" ? 1 : -1),
    },
    {
      keys: ["S-ArrowRight", "S-ArrowLeft"],
      says: "Caliper or cursor: to the next wave or extreme",
      isOn: isHeld,
      run: (key) => leap(measuring, key === "S-ArrowRight" ? 1 : -1),
    },
    {
      keys: ["ArrowUp", "ArrowDown"],
      says: "Caliper: higher or lower; cursor: the lead above or below",
      isOn: isHeld,
      run: (key) => lift(measuring, key === "ArrowUp" ? 1 : -1),
    },
    { keys: ["m"], says: "Caliper: marches, or stops", isOn: holdsCaliper, run: () => measuring.toggleMarch() },
    { keys: ["Delete", "Backspace"], says: "Caliper: away with it", isOn: holdsCaliper, run: () => measuring.remove() },
    {
      keys: ["Escape"],
      says: "Let go of caliper and cursor",
      isOn: () => isHeld() || measuring.cursor.value !== undefined,
      run: () => measuring.letGo(),
    },
  ];
}

/** Where what is held is. */
function findHeld(measuring: Measuring): { scene: Scene; place: Place; time: number } | undefined {
  const scene = measuring.reading.scene.value;
  const caliper = measuring.heldCaliper;
  const cursor = measuring.held.value === "cursor" ? measuring.cursor.value : undefined;
  const lead = caliper?.caliper.lead ?? cursor?.lead;
  const time = caliper ? caliper.caliper[caliper.grip === "from" ? "from" : "to"].time : cursor?.time;
  if (!scene || time === undefined) return undefined;
  const places = placesOf(scene);
  const place = placeFor(places, time, lead) ?? places.find(({ strip }) => strip.lead.name === lead) ?? places[0];
  return place && { scene, place, time };
}

/** A pixel on or back, or a sample where these are farther apart. */
function step(measuring: Measuring, by: 1 | -1): void {
  const at = findHeld(measuring);
  if (!at) return;
  const { box, strip } = at.place;
  moveBy(measuring, by * Math.max(1 / strip.lead.samplingRate, at.scene.layout.ratio / box.pixelsPerSecond));
}

/** To the next wave or extreme of what is seen. */
function leap(measuring: Measuring, by: 1 | -1): void {
  const at = findHeld(measuring);
  if (!at) return;
  const { scene, place, time } = at;
  const { from, to } = place.strip;
  const next = nextTime(measuring.timesOn(scene, place, from, to), time, by);
  if (next !== undefined) moveBy(measuring, next - time, true);
}

function moveBy(measuring: Measuring, seconds: number, isSnapped = false): void {
  const at = findHeld(measuring);
  if (!at) return;
  const { duration } = at.scene.signal;
  const caliper = measuring.heldCaliper;
  if (!caliper) {
    const time = Math.max(0, Math.min(duration, at.time + seconds));
    measuring.cursor.set({ time, lead: at.place.strip.lead.name });
    return;
  }
  const moved = moveInTime(caliper.caliper, caliper.grip, seconds, duration);
  const isOnTrace = isSnapped && caliper.grip !== "both";
  measuring.replace(
    caliper.index,
    isOnTrace ? mapEnds(moved, caliper.grip, ({ time }) => ({ time, value: null })) : moved,
  );
}

/** A pixel up or down; the cursor goes to the lead above or below. */
function lift(measuring: Measuring, by: 1 | -1): void {
  const at = findHeld(measuring);
  if (!at) return;
  const { scene, place, time } = at;
  const caliper = measuring.heldCaliper;
  if (!caliper) {
    const there = placesOf(scene).filter(({ strip }) => time >= strip.from && time <= strip.to);
    const next = there.findIndex(({ strip }) => strip === place.strip) - by;
    if (there[next]) measuring.cursor.set({ time, lead: there[next].strip.lead.name });
    return;
  }
  if (caliper.caliper.kind === "qt") return;
  const lifted = mapEnds(caliper.caliper, caliper.grip, (end) => {
    const y = heightOf(end, scene, place) - by * scene.layout.ratio;
    return { time: end.time, value: valueAt(y, place) };
  });
  measuring.replace(caliper.index, lifted);
}
