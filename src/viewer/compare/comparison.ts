import { findLead } from "../../recording/lead-names.ts";
import type { EcgSummary } from "../api.ts";
import { Measuring } from "../measure/measuring.ts";
import type { Pair, View } from "../page/address.ts";
import { noteInAddress, place } from "../page/navigation.ts";
import { Observable } from "../page/observable.ts";
import { hasTwelveLeads } from "../paper/layout.ts";
import { Reading } from "../reader/reading.ts";

/** Which of the two: the upper one, or the lower one. */
export type Side = 0 | 1;
/** The upper and the lower ECG. */
export const SIDES: readonly Side[] = [0, 1];

/** Two ECGs over each other. All of their view is one, but for the time: they move together, or each alone. */
export class Comparison {
  readonly readings: readonly [Reading, Reading];
  readonly measurings: readonly [Measuring, Measuring];
  readonly isTogether: Observable<boolean>;
  /** The one that keys move. */
  readonly active = new Observable<Side>(0);
  /** How many seconds further the lower one is, while they move together. */
  private ahead: number;
  private isFollowing = false;
  private readonly endings: (() => void)[];

  constructor(ecgs: readonly [EcgSummary, EcgSummary], pair: Pair) {
    const view = { ...viewOfBoth(ecgs, pair.view), calipers: [] };
    this.isTogether = new Observable(pair.isTogether);
    this.ahead = pair.time - view.time;
    // A line of both has as many seconds as the shorter has, so that the same leads are over each other.
    const options = { note: () => this.note(), mostSeconds: shorterOf(ecgs) };
    this.readings = [new Reading(ecgs[0], view, options), new Reading(ecgs[1], { ...view, time: pair.time }, options)];
    this.measurings = [new Measuring(this.readings[0]), new Measuring(this.readings[1])];
    this.endings = [
      ...SIDES.map((side) => this.readings[side].view.subscribe(() => this.follow(side))),
      place.subscribe(() => {
        const { value } = place;
        if (value.name === "compare" && value.pair.ids.join() === pair.ids.join()) this.take(value.pair);
      }),
    ];
  }

  /** Has both move together, as they are now, or each alone. */
  tie(isTogether: boolean): void {
    const [upper, lower] = this.readings.map((reading) => reading.scene.value?.layout.time ?? 0);
    this.ahead = lower - upper;
    this.isTogether.set(isTogether);
    this.note();
  }

  close(): void {
    for (const end of this.endings) end();
    for (const side of SIDES) {
      this.measurings[side].close();
      this.readings[side].close();
    }
  }

  /** Has the other one be seen as the one that was changed. */
  private follow(side: Side): void {
    if (this.isFollowing) return;
    this.isFollowing = true;
    const { calipers: _, time, ...shared } = this.readings[side].view.value;
    const other = this.readings[side === 0 ? 1 : 0];
    const { value: before } = other.view;
    // A time before the beginning is seen as the beginning, and kept: they stay as far apart as they are.
    const together = side === 0 ? time + this.ahead : time - this.ahead;
    other.view.set({ ...before, ...shared, time: this.isTogether.value ? together : before.time });
    this.isFollowing = false;
  }

  private take({ view, time, isTogether }: Pair): void {
    this.isTogether.set(isTogether);
    this.ahead = time - view.time;
    const [upper, lower] = this.readings;
    const ecgs = [upper.ecg, lower.ecg] as const;
    upper.view.set({ ...viewOfBoth(ecgs, view), calipers: upper.view.value.calipers });
    lower.view.set({ ...lower.view.value, time });
  }

  private note(): void {
    const [upper, lower] = this.readings;
    const view = { ...upper.view.value, time: Math.max(0, upper.view.value.time), calipers: [] };
    const pair = { view, time: Math.max(0, lower.view.value.time), isTogether: this.isTogether.value };
    noteInAddress({ name: "compare", pair: { ids: [upper.ecg.id, lower.ecg.id], ...pair } });
  }
}

/** The view of two ECGs: of the leads that both have, which makes their scale one, too. */
function viewOfBoth([upper, lower]: readonly [EcgSummary, EcgSummary], view: View): View {
  const names = commonLeads(upper, lower);
  const isAll = names.length === upper.leads.length && names.length === lower.leads.length;
  if (names.length === 0) return { ...view, leads: null, layout: "one" };
  const layout = view.layout ?? (isAll && hasTwelveLeads(upper.leads) ? "3x4" : null);
  return { ...view, layout, leads: view.leads ?? (isAll ? null : names) };
}

/** The duration of the shorter one, in seconds; undefined where one is not timed. */
function shorterOf(ecgs: readonly EcgSummary[]): number | undefined {
  const durations = ecgs.map(({ duration }) => duration ?? 0);
  return durations.every((duration) => duration > 0) ? Math.min(...durations) : undefined;
}

/** The names of the leads of an ECG that another one has as well. */
export function commonLeads(ecg: EcgSummary, other: EcgSummary): string[] {
  return ecg.leads.flatMap(({ name }) => (findLead(other.leads, name) ? name : []));
}
