import { api, type EcgSummary, readAnswer } from "../api.ts";
import type { Search } from "../page/address.ts";
import { Observable } from "../page/observable.ts";
import { explainError, isAbort } from "../refusal.ts";

/** ECGs of a page of the list. */
const PAGE = "30";

/** The rows of the list that are there, and what is under way. */
export type Rows = { items: readonly EcgSummary[]; state: "loading" | "more" | "end" | "failed"; failure: string };

/** The list of ECGs, page by page. */
export class EcgList {
  readonly rows = new Observable<Rows>({ items: [], state: "more", failure: "" });
  private cursor: string | undefined;
  private readonly search: Search;
  private readonly ending = new AbortController();

  constructor(search: Search) {
    this.search = search;
    void this.loadMore();
  }

  /** Has the next page, unless it is under way or there is none. */
  async loadMore(): Promise<void> {
    const { items, state } = this.rows.value;
    if (state === "loading" || state === "end") return;
    this.rows.set({ items, state: "loading", failure: "" });
    try {
      const query = { ...toQuery(this.search), limit: PAGE, ...(this.cursor && { cursor: this.cursor }) };
      const page = await readAnswer(await api.ecg.$get({ query }, { init: { signal: this.ending.signal } }));
      this.cursor = page.next_cursor ?? undefined;
      const all = [...items, ...page.items];
      this.rows.set({ items: all, state: page.next_cursor === null ? "end" : "more", failure: "" });
    } catch (error) {
      if (!isAbort(error)) this.rows.set({ items, state: "failed", failure: explainError(error) });
    }
  }

  close(): void {
    this.ending.abort();
  }
}

/** The parameters of a search: whole days of the reader's own zone. */
function toQuery({ subject, from, to }: Search) {
  const dayAfter = (date: string) => {
    const day = new Date(`${date}T00:00:00`);
    day.setDate(day.getDate() + 1);
    return day.toISOString();
  };
  return {
    ...(subject && { subject }),
    ...(from && { from: new Date(`${from}T00:00:00`).toISOString() }),
    ...(to && { to: dayAfter(to) }),
  };
}
