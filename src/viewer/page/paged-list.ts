import { explainError, isAbort } from "../refusal.ts";
import { AgainLater } from "./again-later.ts";
import { Observable } from "./observable.ts";

/** A page of a list as the API answers it. */
export type PageOf<T> = { items: readonly T[]; next_cursor: string | null };
/** @param cursor undefined for the first page */
export type ReadPage<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<T>>;

/** The rows that are there, and what is under way. */
export type Rows<T> = { items: readonly T[]; state: "loading" | "more" | "end" | "failed"; failure: string };

/** Opens a list, which after failures that pass is had by itself, as far as it was asked for. @returns what ends it, too */
export function openList<T extends { id: string }>(read: ReadPage<T>, compare?: (a: T, b: T) => number) {
  const again = new AgainLater(() => list.rows.value.state === "failed" && void list.loadMore());
  const list = new PagedList<T>((cursor, signal) => again.watch(signal, () => read(cursor, signal)), compare);
  const close = () => {
    again.close();
    list.close();
  };
  return { list, close };
}

/** A list that is had page by page. */
export class PagedList<T extends { id: string }> {
  readonly rows = new Observable<Rows<T>>({ items: [], state: "more", failure: "" });
  private cursor: string | undefined;
  /** Rows that were added while a page was under way, and may have been too late for it. */
  private added: T[] = [];
  private readonly read: ReadPage<T>;
  private readonly compare: ((a: T, b: T) => number) | undefined;
  private readonly ending = new AbortController();

  /** @param compare the order of the rows, where a row that is changed may come to another place */
  constructor(read: ReadPage<T>, compare?: (a: T, b: T) => number) {
    this.read = read;
    this.compare = compare;
  }

  /** Has the next rows, unless they are under way or there are none. A page may be empty, and yet another behind it. */
  async loadMore(): Promise<void> {
    const { state } = this.rows.value;
    if (state === "loading" || state === "end") return;
    this.change({ state: "loading", failure: "" });
    try {
      let page: PageOf<T>;
      do {
        page = await this.read(this.cursor, this.ending.signal);
        this.cursor = page.next_cursor ?? undefined;
      } while (page.items.length === 0 && page.next_cursor !== null);
      const isEnd = page.next_cursor === null;
      // A row that was changed may have come to a place behind the pages that were there: it is on this one, too.
      const items = [...without(this.rows.value.items, page.items), ...page.items];
      const missing = isEnd ? without(this.added, items) : [];
      this.change({ items: [...items, ...missing], state: isEnd ? "end" : "more" });
    } catch (error) {
      if (!isAbort(error)) this.change({ state: "failed", failure: explainError(error) });
    }
  }

  /** Puts a row that has changed in the place of what it was. */
  replace(item: T): void {
    const items = this.rows.value.items.map((one) => (one.id === item.id ? item : one));
    this.change({ items: this.compare ? items.sort(this.compare) : items });
  }

  /** Adds a row that is now the last one of all; if the end is not there yet, it comes with it. */
  append(item: T): void {
    const { items, state } = this.rows.value;
    if (state === "end") this.change({ items: [...items, item] });
    else if (state === "loading") this.added.push(item);
  }

  remove(id: string): void {
    this.added = this.added.filter((one) => one.id !== id);
    this.change({ items: this.rows.value.items.filter((one) => one.id !== id) });
  }

  close(): void {
    this.ending.abort();
  }

  private change(changes: Partial<Rows<T>>): void {
    this.rows.set({ ...this.rows.value, ...changes });
  }
}

/** The rows that are not among others. */
function without<T extends { id: string }>(rows: readonly T[], others: readonly T[]): T[] {
  const ids = new Set(others.map(({ id }) => id));
  return rows.filter(({ id }) => !ids.has(id));
}
