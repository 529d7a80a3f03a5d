import { useLayoutEffect } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import type { PagedList, Rows } from "../page/paged-list.ts";
import { beforeAnother } from "../session/session.ts";

/** The ECG that was opened last, and how many rows the list had by then. */
let left: { id: string; rows: number } | undefined;

beforeAnother.add(() => {
  left = undefined;
});

/** Notes that the list is left for an ECG. */
export function noteLeft(id: string, rows: number): void {
  left = { id, rows };
}

/** Whoever comes back from an ECG finds its row, where the list was left: as many rows are had as there were. */
export function useWhereLeft(list: PagedList<EcgSummary>, { items, state }: Rows<EcgSummary>): void {
  useLayoutEffect(() => {
    if (!left || state === "loading") return;
    const row = document.querySelector<HTMLElement>(`[data-ecg="${left.id}"]`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "center" });
    if (!row && state === "more" && items.length < left.rows) void list.loadMore();
    else left = undefined;
  }, [list, items.length, state]);
}
