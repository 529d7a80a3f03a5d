import { useRef, useState } from "hono/jsx/dom";
import { AppError } from "../../errors.ts";
import { NEW_VIEW } from "../page/address.ts";
import { goTo } from "../page/navigation.ts";
import { groupFiles } from "../send/group-files.ts";

/** Chooses the files of one ECG, and shows it without sending it. */
export function LookButton() {
  const input = useRef<HTMLInputElement>(null);
  const [says, say] = useState("");
  const look = async (files: readonly File[]) => {
    if (files.length === 0) return;
    say("Reading …");
    try {
      const groups = await groupFiles(files);
      if (groups.length > 1) return say("Choose the files of one ECG.");
      await import("./no-eval.ts");
      const { openLocally } = await import("./open-locally.ts");
      const id = await openLocally(files);
      say("");
      goTo({ name: "ecg", id, view: NEW_VIEW });
    } catch (error) {
      say(error instanceof AppError ? error.message : "The file cannot be read.");
    }
  };
  return (
    <>
      <button
        type="button"
        title="Shows a file here. It stays on this computer."
        onClick={() => input.current?.click()}
      >
        Look at a file
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="File to look at"
        onChange={(event: Event) => {
          const chosen = event.currentTarget as HTMLInputElement;
          void look([...(chosen.files ?? [])]);
          chosen.value = "";
        }}
      />
      <span role="status">{says}</span>
    </>
  );
}
