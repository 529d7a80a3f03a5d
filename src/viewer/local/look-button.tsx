import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { AppError } from "../../errors.ts";
import { NEW_VIEW } from "../page/address.ts";
import { ChooseFiles } from "../page/choose-files.tsx";
import { goTo } from "../page/navigation.ts";
import { DropZone } from "../send/drop-zone.tsx";
import { groupChosen } from "../send/group-files.ts";

/**
 * Chooses the files of one ECG, and shows it without sending it.
 *
 * @param takesDrops whether files that are dropped on the window are looked at, too: where nobody is logged in they are not sent
 */
export function LookButton({ takesDrops = false }: { takesDrops?: boolean }) {
  const [says, say] = useState("");
  /** The files that were chosen last; null where the button is gone: whoever went elsewhere meanwhile stays there. */
  const chosen = useRef<readonly File[] | null>(null);
  useLayoutEffect(
    () => () => {
      chosen.current = null;
    },
    [],
  );
  const look = async (files: readonly File[]) => {
    if (files.length === 0) return;
    chosen.current = files;
    say("Reading …");
    const { id, failure = "" } = await open(files);
    if (chosen.current !== files) return;
    say(failure);
    if (id !== undefined) goTo({ name: "ecg", id, view: NEW_VIEW });
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
      {takesDrops && (
        <DropZone says="Drop to look at it: it stays on this computer" onDrop={(files) => void look(files)} />
      )}
    </>
  );
}

/** Reads the files of one ECG. @returns the id by which the page has it, or why it has none */
async function open(files: readonly File[]): Promise<{ id?: string; failure?: string }> {
  try {
    const groups = await groupChosen(files);
    if (groups.length > 1) return { failure: "Choose the files of one ECG." };
    await import("./no-eval.ts");
    const { openLocally } = await import("./open-locally.ts");
    return { id: await openLocally(files) };
  } catch (error) {
    return { failure: error instanceof AppError ? error.message : "The file cannot be read." };
  }
}
