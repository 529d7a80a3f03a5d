import { type Loaded, valueIn } from "../page/loaded.ts";
import { Observable } from "../page/observable.ts";
import { explainError, isAbort } from "../refusal.ts";
import type { EcgEvent, Insights } from "./read-insights.ts";

/** A kind of events, or all of them. */
export type Kind = EcgEvent["kind"] | "all";

/** Reads the events that begin at a time or later, as many as the API lists at once. @throws Refusal */
type ReadEvents = (from: number) => Promise<readonly EcgEvent[]>;

/** The events of an ECG: those that came with the numbers, and of a long recording the others, as far as somebody has gone. */
export class EventList {
  /** The kind of events that is listed, and that keys go through. */
  readonly kind = new Observable<Kind>("all");
  /** Whether more of them are under way, or why they could not be had. */
  readonly state = new Observable<Loaded<unknown>>({ state: "unasked" });
  private readonly measured: Observable<Loaded<Insights>>;
  private readonly read: ReadEvents;
  /** The events behind those that came with the numbers, with which they go. */
  private further: { of: Insights; all: readonly EcgEvent[]; isEnd: boolean } | undefined;
  private loading: Promise<void> | undefined;

  constructor(measured: Observable<Loaded<Insights>>, read: ReadEvents) {
    this.measured = measured;
    this.read = read;
  }

  /** The events that are here, of all kinds, in the order of their times. */
  get all(): readonly EcgEvent[] {
    const measured = valueIn(this.measured.value);
    return this.further && this.further.of === measured ? this.further.all : (measured?.series?.events?.list ?? NONE);
  }

  /** The known events of the kind that is listed. */
  get shown(): readonly EcgEvent[] {
    return this.of(this.kind.value);
  }

  /** How many events there are of each kind, those that are not here among them. */
  get counts(): Readonly<Record<string, number>> {
    return valueIn(this.measured.value)?.series?.events?.counts ?? {};
  }

  /** How many events of the kind there are. */
  get count(): number {
    return this.countOf(this.kind.value);
  }

  /** Whether there are more than are here. */
  get hasMore(): boolean {
    const isEnd = this.further?.of === valueIn(this.measured.value) && this.further?.isEnd;
    return !isEnd && this.all.length < this.countOf("all");
  }

  /** Has the events up to a time, and those of the kind beyond it: one at the least, if there is one. */
  loadBeyond(time: number): Promise<void> {
    return this.loadWhile(() => this.shown.length < this.count && lastOf(this.shown) < time);
  }

  /** Has the events up to a time. */
  loadUpTo(time: number): Promise<void> {
    return this.loadWhile(() => lastOf(this.all) < time);
  }

  /** Has all events of a kind. */
  loadAllOf(kind: Kind): Promise<void> {
    return this.loadWhile(() => this.of(kind).length < this.countOf(kind));
  }

  /** Shows the events of a kind: of one all, which are looked for among those that are not here yet. */
  show(kind: Kind): void {
    this.kind.set(kind);
    if (kind !== "all") void this.loadAllOf(kind);
  }

  /** Has the next events, which may be under way. */
  loadMore(): Promise<void> {
    this.loading ??= this.readMore().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private of(kind: Kind): readonly EcgEvent[] {
    return kind === "all" ? this.all : this.all.filter((event) => event.kind === kind);
  }

  private countOf(kind: Kind): number {
    if (kind !== "all") return this.counts[kind] ?? 0;
    return Object.values(this.counts).reduce((sum, number) => sum + number, 0);
  }

  /** Has more events while they are wanted, or until they cannot be had. */
  private async loadWhile(isWanted: () => boolean): Promise<void> {
    while (this.hasMore && isWanted()) {
      await this.loadMore();
      if (this.state.value.state !== "here") return;
    }
  }

  private async readMore(): Promise<void> {
    const measured = valueIn(this.measured.value);
    const { all } = this;
    this.state.set({ state: "loading" });
    try {
      const found = await this.read(all.at(-1)?.time ?? 0);
      const known = new Set(all.map(keyOf));
      const list = found.filter((event) => !known.has(keyOf(event)));
      if (measured) this.further = { of: measured, all: [...all, ...list], isEnd: list.length === 0 };
      this.state.set({ state: "here", value: undefined });
    } catch (error) {
      if (!isAbort(error)) this.state.set({ state: "failed", why: explainError(error) });
    }
  }
}

const NONE: readonly EcgEvent[] = [];

function lastOf(events: readonly EcgEvent[]): number {
  return events.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
}

/** Of two events of a kind each has a time of its own. */
function keyOf({ kind, time }: EcgEvent): string {
  return `${kind} ${time}`;
}
