import { ownApi, readAnswer } from "../api.ts";
import { saveBlob } from "../out/save.ts";
import { whoIsHere } from "../session/session.ts";
import { type FetchPart, nextCursorOf, type SavePart } from "./export-parts.ts";

/** What browsers have that write into a folder somebody chooses. */
type Picker = { showDirectoryPicker?: (options: { mode: "readwrite" }) => Promise<FileSystemDirectoryHandle> };

/**
 * Has the parts of an account alone: a download goes on when its place is left, and somebody else may log in meanwhile.
 *
 * @param owner the id of the account
 */
export function fetchPartOf(owner: string | undefined): FetchPart {
  return async (cursor) => {
    if (whoIsHere() !== owner) throw new DOMException("Somebody else has logged in.", "AbortError");
    const answer = await ownApi.users.me.export.$get({ query: cursor ? { cursor } : {} });
    if (!answer.ok) await readAnswer<unknown>(answer);
    if (!answer.body) throw new Error("The service has sent nothing.");
    return { body: answer.body, next: nextCursorOf(answer.headers.get("Link")) };
  };
}

/**
 * Asks for a folder, and writes each part into it as it comes. Where the browser has no way to do so, each part is a download, which
 * is in memory before it is on the disk.
 *
 * @throws DOMException `AbortError` when nobody chooses a folder
 */
export async function chooseWhereToSave(): Promise<SavePart> {
  const { showDirectoryPicker } = window as Picker;
  if (!showDirectoryPicker) return download;
  const folder = await showDirectoryPicker.call(window, { mode: "readwrite" });
  return async (name, body) => {
    const file = await folder.getFileHandle(name, { create: true });
    await body.pipeTo(await file.createWritable());
  };
}

const download: SavePart = async (name, body) => {
  saveBlob(await new Response(body, { headers: { "Content-Type": "application/zip" } }).blob(), name);
};
