import type { Annotation } from "../../recording/recording.ts";

/** One step of editing: what it took away, what it put in its place, and whether that was a move. */
export type Change = { removed: Annotation | undefined; added: Annotation | undefined; isMove: boolean };

/** The number of the first annotation at a time or later, of annotations in the order of their times. */
export function firstAt(items: readonly Annotation[], time: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Annotations in the order of their times, with each step undone and done again. */
export class Edits {
  private list: Annotation[];
  private readonly past: Change[] = [];
  private future: Change[] = [];
  /** The last step of what is saved. */
  private saved: Change | undefined;

  constructor(items: readonly Annotation[]) {
    this.list = items.toSorted((a, b) => a.time - b.time);
  }

  get items(): readonly Annotation[] {
    return this.list;
  }

  /** The last step; undefined before the first. */
  get last(): Change | undefined {
    return this.past.at(-1);
  }

  get isChanged(): boolean {
    return this.last !== this.saved;
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** Takes an annotation away, and puts another in its place; either may be none. */
  change(removed: Annotation | undefined, added: Annotation | undefined): void {
    this.take({ removed, added, isMove: false });
    this.swap(removed, added);
  }

  /** Moves an annotation: one step with the last one if that has moved it, too, so that a drag is undone at once. */
  move(removed: Annotation, added: Annotation): void {
    const { last } = this;
    const goesOn = last?.isMove && last.added === removed && last !== this.saved;
    if (goesOn) this.past.pop();
    this.take({ removed: goesOn ? last.removed : removed, added, isMove: true });
    this.swap(removed, added);
  }

  /** @returns the annotation that is there again, if there is one */
  undo(): Annotation | undefined {
    const last = this.past.pop();
    if (!last) return undefined;
    this.future.push(last);
    this.swap(last.added, last.removed);
    return last.removed;
  }

  /** @returns the annotation that was made again, if there is one */
  redo(): Annotation | undefined {
    const next = this.future.pop();
    if (!next) return undefined;
    this.past.push(next);
    this.swap(next.removed, next.added);
    return next.added;
  }

  /** Notes that the items are saved as they were after a step. */
  noteSaved(step: Change | undefined): void {
    this.saved = step;
  }

  private take(change: Change): void {
    this.past.push(change);
    this.future = [];
  }

  private swap(removed: Annotation | undefined, added: Annotation | undefined): void {
    const list = removed ? this.list.filter((one) => one !== removed) : [...this.list];
    if (added) list.splice(firstAt(list, added.time), 0, added);
    this.list = list;
  }
}
