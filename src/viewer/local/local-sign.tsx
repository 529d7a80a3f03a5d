import { NEW_SEARCH } from "../list/search.ts";
import { goTo } from "../page/navigation.ts";
import { send } from "../send/uploads.ts";
import { findOpened } from "./local-ecgs.ts";

/** Says of an ECG that it is a file which was not sent, what was assumed of it, and sends it after all. */
export function LocalSign({ id }: { id: string }) {
  const opened = findOpened(id);
  if (!opened) return null;
  const sendIt = () => {
    void send(opened.files);
    goTo({ name: "list", search: NEW_SEARCH });
  };
  return (
    <>
      <span class="quiet" title={["It is on this computer alone.", ...opened.notes].join("\n")}>
        Not sent
      </span>
      <button type="button" title="Sends the file to the service, which keeps and measures it" onClick={sendIt}>
        Send
      </button>
    </>
  );
}
