import { useState } from "hono/jsx/dom";
import { AppError } from "../../errors.ts";
import { NEW_VIEW } from "../page/address.ts";
import { ChooseFiles } from "../page/choose-files.tsx";
import { goTo } from "../page/navigation.ts";
import { groupFiles } from "../send/group-files.ts";

/** Chooses the files of one ECG, and shows it without sending it. */
export function LookButton() {
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
      <ChooseFiles
        says="Look at a file"
        hint="Shows a file here. It stays on this computer."
        name="File to look at"
        onChoose={(files) => void look(files)}
      />
      <span role="status">{says}</span>
    </>
  );
}
