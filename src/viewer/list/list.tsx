import { useEffect, useMemo, useRef } from "hono/jsx/dom";
import { NEW_SEARCH, type Search } from "../page/address.ts";
import { useValue } from "../page/observable.ts";
import { sent } from "../send/uploads.ts";
import { EcgList } from "./ecg-list.ts";
import { Row } from "./row.tsx";
import { SearchLine } from "./search-line.tsx";

/** The ECGs, newest recording first; more of them as one scrolls. */
export function List({ search }: { search: Search }) {
  const news = useValue(sent);
  const key = JSON.stringify([search, news]);
  const list = useMemo(() => new EcgList(search), [key]);
  const { items, state, failure } = useValue(list.rows);
  const end = useRef<HTMLDivElement>(null);

  useEffect(() => () => list.close(), [list]);
  useEffect(() => {
    if (!end.current) return;
    // Also the rows that are next are there before they are seen.
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && void list.loadMore(), {
      rootMargin: "600px",
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [list, items.length]);

  const isSearched = JSON.stringify(search) !== JSON.stringify(NEW_SEARCH);
  return (
    <main class="list">
      <SearchLine search={search} />
      {state === "end" && items.length === 0 && (isSearched ? <p class="quiet">No ECG is like that.</p> : <Empty />)}
      <ul class="rows" aria-label="ECGs" aria-busy={state === "loading"}>
        {items.map((ecg) => (
          <Row key={ecg.id} ecg={ecg} />
        ))}
      </ul>
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
    </main>
  );
}

function Empty() {
  return (
    <section class="empty">
      <h2>No ECG yet</h2>
      <p>Drop files of any format anywhere on this page, or choose them with “Send”. A program sends one like this:</p>
      <pre>{`curl ${location.origin}/ecg -H "Authorization: Bearer $TOKEN" --data-binary @ecg.edf`}</pre>
    </section>
  );
}
