import { useLayoutEffect, useMemo, useRef } from "hono/jsx/dom";
import { useValue } from "./observable.ts";
import { openList, type PagedList, type ReadPage, type Rows } from "./paged-list.ts";
import { whenSeen } from "./when-seen.ts";

/** So far below what is seen the next rows are had already. */
const AHEAD = "600px";

/** A list that is read while a component shows it, and anew when `key` changes. */
export function usePagedList<T extends { id: string }>(
  key: string,
  read: ReadPage<T>,
  compare?: (a: T, b: T) => number,
): PagedList<T> {
  const { list, close } = useMemo(() => openList(read, compare), [key]);
  useLayoutEffect(() => {
    void list.loadMore();
    return close;
  }, [list]);
  return list;
}

/** The rows of a list; until it has its first ones, those of the list before it, so that nothing jumps. */
export function useRows<T extends { id: string }>(list: PagedList<T>): Rows<T> {
  const rows = useValue(list.rows);
  const seen = useRef<readonly T[]>([]);
  const isToCome = rows.items.length === 0 && (rows.state === "loading" || rows.state === "more");
  if (isToCome) return { ...rows, items: seen.current ?? [] };
  seen.current = rows.items;
  return rows;
}

/** Below the rows of a list: has more of them as one scrolls, and says what could not be had. */
export function More<T extends { id: string }>({ list }: { list: PagedList<T> }) {
  const { items, state, failure } = useValue(list.rows);
  const end = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // A list that could not be had is tried again later, or by its button, and not because its end is seen.
    if (!end.current || state !== "more") return;
    return whenSeen(end.current, () => void list.loadMore(), AHEAD);
  }, [list, items.length, state]);
  return (
    <>
      {state === "failed" && (
        <p role="alert">
          {failure}{" "}
          <button type="button" onClick={() => void list.loadMore()}>
            Try again
          </button>
        </p>
      )}
      <div class="end quiet" ref={end}>
        {state === "loading" ? "Loading …" : ""}
      </div>
    </>
  );
}
