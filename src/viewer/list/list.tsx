import { useState } from "hono/jsx/dom";
import { api, type EcgSummary, readAnswer } from "../api.ts";
import { NEW_VIEW } from "../page/address.ts";
import { Dialog } from "../page/dialog.tsx";
import { More, usePagedList, useRows } from "../page/more.tsx";
import { useValue } from "../page/observable.ts";
import { sent } from "../send/uploads.ts";
import { Shares } from "../shares/shares.tsx";
import { CloseRecording } from "./close-recording.tsx";
import { DeletionLines } from "./deletion-lines.tsx";
import { Edit } from "./edit.tsx";
import { type Action, nameOf, Row } from "./row.tsx";
import { isLimited, isMeasured, type Search, toQuery } from "./search.ts";
import { SearchLine } from "./search-line.tsx";
import { useDeletions } from "./use-deletions.ts";
import { noteLeft, useWhereLeft } from "./where-left.ts";

/** ECGs of a page of the list. */
const PAGE = "30";

/** The ECGs, newest recording first; more of them as one scrolls. */
export function List({ search }: { search: Search }) {
  const news = useValue(sent);
  const list = usePagedList<EcgSummary>(
    JSON.stringify([search, news]),
    async (cursor, signal) => {
      const query = { ...toQuery(search), limit: PAGE, ...(cursor && { cursor }) };
      return readAnswer(await api.ecg.$get({ query }, { init: { signal } }));
    },
    (a, b) => Date.parse(b.date) - Date.parse(a.date),
  );
  const rows = useRows(list);
  const { items, state } = rows;
  useWhereLeft(list, rows);
  const deletions = useDeletions();
  useValue(deletions.all);
  const [asked, ask] = useState<{ ecg: EcgSummary; action: Action } | undefined>(undefined);

  const act = (ecg: EcgSummary, action: Action) => (action === "delete" ? deletions.add(ecg) : ask({ ecg, action }));
  // What was saved in a dialog may be answered when another one is open.
  const close = () => ask((now) => (now === asked ? undefined : now));
  const done = (changed?: EcgSummary) => {
    if (changed) list.replace(changed);
    close();
  };
  const shown = items.filter((ecg) => deletions.shows(ecg));
  return (
    <main class="list">
      <SearchLine search={search} />
      {state === "end" && shown.length === 0 && (isLimited(search) ? <NothingFound search={search} /> : <Empty />)}
      <ul class="rows" aria-label="ECGs" aria-busy={state === "loading"}>
        {shown.map((ecg) => (
          <Row
            key={ecg.id}
            ecg={ecg}
            onOpen={() => noteLeft(ecg.id, items.length)}
            onAction={(action) => act(ecg, action)}
          />
        ))}
      </ul>
      <More list={list} />
      <DeletionLines deletions={deletions} />
      {asked?.action === "edit" && (
        <Dialog key="edit" title={`Edit ${nameOf(asked.ecg)}`} isForm onClose={close}>
          <Edit id={asked.ecg.id} onDone={done} />
        </Dialog>
      )}
      {asked?.action === "share" && (
        <Dialog key="share" title={`Share ${nameOf(asked.ecg)}`} isForm onClose={close}>
          <Shares id={asked.ecg.id} view={NEW_VIEW} />
        </Dialog>
      )}
      {asked?.action === "close" && (
        <Dialog key="end" title="End the recording" onClose={close}>
          <CloseRecording id={asked.ecg.id} onDone={done} />
        </Dialog>
      )}
    </main>
  );
}

function NothingFound({ search }: { search: Search }) {
  return (
    <p class="quiet">
      No ECG is like that.
      {isMeasured(search) && " Those that are not measured yet are not looked at: opening one has it measured."}
    </p>
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
