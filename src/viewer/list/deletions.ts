import { Observable } from "../page/observable.ts";
import { explainError } from "../refusal.ts";

/** How long a deletion can be taken back, in ms. */
const UNDO_MS = 8000;

/** An ECG that is to be deleted, or could not be. */
export type Deletion<T> = { item: T; state: "waiting" | "sent" | "failed"; failure: string };

/** What happens on the way: `prepare` when somebody deletes, `erase` when the time is over, `onErased` when it is done. */
type Steps<T> = { prepare: (item: T) => void; erase: (item: T) => Promise<void>; onErased: (id: string) => void };

/**
 * Deletions that can be taken back for some seconds. Until then nothing is sent; whoever leaves meanwhile has it sent at once.
 */
export class Deletions<T extends { id: string }> {
  readonly all = new Observable<readonly Deletion<T>[]>([]);
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly steps: Steps<T>;

  constructor(steps: Steps<T>) {
    this.steps = steps;
  }

  /** Whether an item is to be seen: it is not being deleted. */
  shows({ id }: T): boolean {
    return !this.all.value.some(({ item, state }) => item.id === id && state !== "failed");
  }

  /** Deletes an item when the time to take it back is over. */
  add(item: T): void {
    this.drop(item.id);
    this.steps.prepare(item);
    this.all.set([...this.all.value, { item, state: "waiting", failure: "" }]);
    this.timers.set(
      item.id,
      setTimeout(() => void this.send(item), UNDO_MS),
    );
  }

  /** Takes a deletion back that has not been sent, or what is said of one that failed. */
  drop(id: string): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
    this.all.set(this.all.value.filter(({ item, state }) => item.id !== id || state === "sent"));
  }

  /** Sends whatever is still waiting. */
  async flush(): Promise<void> {
    const waiting = this.all.value.filter(({ state }) => state === "waiting");
    await Promise.all(waiting.map(({ item }) => this.send(item)));
  }

  private async send(item: T): Promise<void> {
    clearTimeout(this.timers.get(item.id));
    this.timers.delete(item.id);
    this.change(item.id, { state: "sent" });
    try {
      await this.steps.erase(item);
      this.steps.onErased(item.id);
      this.all.set(this.all.value.filter((one) => one.item.id !== item.id));
    } catch (error) {
      this.change(item.id, { state: "failed", failure: explainError(error) });
    }
  }

  private change(id: string, changes: Partial<Deletion<T>>): void {
    this.all.set(this.all.value.map((one) => (one.item.id === id ? { ...one, ...changes } : one)));
  }
}
