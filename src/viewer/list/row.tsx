import type { EcgSummary } from "../api.ts";
import { NEW_VIEW, writePlace } from "../page/address.ts";
import { describeSignals } from "../page/describe-signals.ts";
import { Menu } from "../page/menu.tsx";
import { EcgMoment } from "../page/moment.tsx";
import { writeDate } from "../page/words.ts";
import { describeFindings, describeMeasured } from "./findings.ts";
import { Thumbnail } from "./thumbnail.tsx";

/** What can be done with an ECG from the list. */
const ACTIONS = { edit: "Edit …", share: "Share …", close: "End the recording …", delete: "Delete" } as const;
/** What can be done with an ECG of the list. */
export type Action = keyof typeof ACTIONS;

/** An ECG in the list. */
export function Row({
  ecg,
  onOpen,
  onAction,
}: {
  ecg: EcgSummary;
  onOpen: () => void;
  onAction: (action: Action) => void;
}) {
  const { id, subject, leads, note, open } = ecg;
  const actions = (Object.keys(ACTIONS) as Action[]).filter((action) => action !== "close" || open);
  return (
    <li>
      <a class="row" href={writePlace({ name: "ecg", id, view: NEW_VIEW })} data-ecg={id} onClick={onOpen}>
        <Thumbnail ecg={ecg} />
        <span class="who">
          <strong>{subject ?? "No subject"}</strong>
          <EcgMoment ecg={ecg} />
        </span>
        <span class="facts" title={leads.map(({ name }) => name).join(", ")}>
          <span>{describeSignals(ecg)}</span>
          <span class="quiet">{open ? "Still being recorded" : (note ?? "")}</span>
        </span>
        <Measured ecg={ecg} />
      </a>
      <Menu
        label={`More for ${nameOf(ecg)}`}
        items={actions.map((action) => ({ name: ACTIONS[action], run: () => onAction(action) }))}
      />
    </li>
  );
}

function Measured({ ecg }: { ecg: EcgSummary }) {
  const { findings, open } = ecg;
  if (findings === null) return <span class="measured quiet">{open ? "" : "Not measured yet"}</span>;
  return (
    <span class="measured">
      <span>{describeMeasured(ecg)}</span>
      <span>{describeFindings(findings)}</span>
    </span>
  );
}

/** An ECG in a sentence: its subject and its date. */
export function nameOf({ subject, date }: EcgSummary): string {
  return `${subject ?? "The ECG"} of ${writeDate(date)}`;
}
