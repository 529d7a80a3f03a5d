import { Observable } from "../page/observable.ts";
import { explainError } from "../refusal.ts";

/** How long a deletion can be taken back, in ms. */
const UNDO_MS = 8000;

/** An ECG that is to be deleted, or could not be. */
type Deletion<T> = { item: T; state: "waiting" | "sent" | "failed"; failure: string };

/**
 * What happens on the way: `prepare` when somebody deletes, `erase` when the time is over. `isAtOnce` where the page is left: nothing can
 * be waited for.
 */
type Steps<T> = {
  prepare: (item: T) => void;
  erase: (item: T, isAtOnce: boolean) => Promise<void>;
};

/**
 * Deletions that can be taken back for some seconds. Until then nothing is sent; whoever leaves meanwhile has it sent at once.
 */
export class Deletions<T extends { id: string }> {
  readonly all = new Observable<readonly Deletion<T>[]>([]);
  /** The ids of items that are gone, and may still be on a page of the list that was asked for before. */
  private readonly erased = new Set<string>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly steps: Steps<T>;

  constructor(steps: Steps<T>) {
    this.steps = steps;
  }

  /** Whether an item is to be seen: it is neither deleted nor being deleted. */
  shows({ id }: T): boolean {
    return !this.erased.has(id) && !this.all.value.some(({ item, state }) => item.id === id && state !== "failed");
  }

  /** Deletes an item when the time to take it back is over. */
  add(item: T): void {
    this.drop(item.id);
    this.steps.prepare(item);
    this.all.set([...this.all.value, { item, state: "waiting", failure: "" }]);
    this.timers.set(
      item.id,
      setTimeout(() => void this.send(item, false), UNDO_MS),
    );
  }

  /** Takes a deletion back that has not been sent, or what is said of one that failed. */
  drop(id: string): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
    this.all.set(this.all.value.filter(({ item, state }) => item.id !== id || state === "sent"));
  }

  /** Sends whatever is still waiting. @param isAtOnce whether the page is being left */
  async flush(isAtOnce = false): Promise<void> {
    const waiting = this.all.value.filter(({ state }) => state === "waiting");
    await Promise.all(waiting.map(({ item }) => this.send(item, isAtOnce)));
  }

  /** Forgets what is deleted and what could not be: somebody else is here. */
  forget(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.all.set([]);
  }

  private async send(item: T, isAtOnce: boolean): Promise<void> {
    clearTimeout(this.timers.get(item.id));
    this.timers.delete(item.id);
    this.change(item.id, { state: "sent" });
    try {
      await this.steps.erase(item, isAtOnce);
      this.erased.add(item.id);
      this.all.set(this.all.value.filter((one) => one.item.id !== item.id));
    } catch (error) {
      this.change(item.id, { state: "failed", failure: explainError(error) });
    }
  }

  private change(id: string, changes: Partial<Deletion<T>>): void {
    this.all.set(this.all.value.map((one) => (one.item.id === id ? { ...one, ...changes } : one)));
  }
}
