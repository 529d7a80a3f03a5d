import { beforeAnother } from "../session/session.ts";

/** A file that was opened and not sent. */
export type Opened = {
  /** Gives the ECG as `GET /ecg/{id}` has it for a query. */
  answer: (query: URLSearchParams) => object;
  files: readonly File[];
  /** What of the files was not understood or assumed. */
  notes: readonly string[];
};

/** What was opened since the page was loaded, and since somebody else has logged in, by its id. */
const opened = new Map<string, Opened>();
beforeAnother.add(() => opened.clear());

/** Whether an id is that of a file which was not sent. */
export function isLocal(id: string): boolean {
  return id.startsWith("file-");
}

/** The file of an id; undefined once the page was loaded anew: nothing of a file is kept. */
export function findOpened(id: string): Opened | undefined {
  return opened.get(id);
}

/** @returns the id by which the page has the file that `open` opens for it */
export function addOpened(open: (id: string) => Opened): string {
  const id = `file-${opened.size + 1}`;
  opened.set(id, open(id));
  return id;
}

/** Answers a request about a file as the API answers one about an ECG; undefined for one about anything else. */
export function answerLocally(input: RequestInfo | URL): Response | undefined {
  const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input);
  const [, id = "", rest] = /^\/ecg\/(file-\d+)(\/.*)?$/.exec(pathname) ?? [];
  if (id === "") return undefined;
  const found = findOpened(id);
  if (found && rest === undefined) return Response.json(found.answer(searchParams));
  const detail = found
    ? "The file was not sent: it is shown, and nothing is measured in it."
    : "The file is no longer open: choose it again.";
  return Response.json({ title: "Not Found", status: 404, detail }, { status: 404 });
}
