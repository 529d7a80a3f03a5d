import { Observable } from "../page/observable.ts";
import { explainError } from "../refusal.ts";
import { session, whoIsHere } from "../session/session.ts";
import { groupChosen } from "./group-files.ts";
import { type Outcome, sendFiles } from "./upload.ts";

/** An ECG on its way. */
export type Upload = {
  key: string;
  name: string;
  files: readonly File[];
  /** The id of the account that sends it; undefined while nobody has logged in. */
  by: string | undefined;
  /** The share that has gone, 0 to 1. */
  share: number;
  outcome: Outcome | undefined;
};

/** What is being sent and was sent since the page was opened. */
export const uploads = new Observable<readonly Upload[]>([]);
/** How many ECGs were sent: the list is read anew when it changes. */
export const sent = new Observable(0);

// What somebody has begun to send is neither sent nor seen by whoever logs in next.
session.subscribe(() => {
  const { value: now } = session;
  if (now.state !== "in") return;
  const { id } = now.account;
  uploads.set(uploads.value.filter(({ by = id }) => by === id).map((upload) => ({ ...upload, by: id })));
});

// Who closes the page, or loads it again, while something is on its way is asked whether to.
addEventListener("beforeunload", (event) => {
  if (uploads.value.some(({ outcome }) => !outcome)) event.preventDefault();
});

/** Uploads go one after the other: each has the whole line. */
let last: Promise<unknown> = Promise.resolve();

/** Sends files: those of a WFDB record together, each other one as an ECG. */
export async function send(files: Iterable<File>): Promise<void> {
  const by = session.value.state === "in" ? whoIsHere() : undefined;
  for (const { name, files: group } of await groupChosen([...files])) {
    const upload = { key: crypto.randomUUID(), name, files: group, by, share: 0, outcome: undefined };
    uploads.set([...uploads.value, upload]);
    queue(upload);
  }
}

/** Sends again what failed. */
export function retry(upload: Upload): void {
  change(upload.key, { share: 0, outcome: undefined });
  queue(upload);
}

/** Takes what is done off the list. */
export function dismiss(): void {
  uploads.set(uploads.value.filter(({ outcome }) => outcome === undefined));
}

function queue({ key }: Upload): void {
  last = last.then(async () => {
    const upload = uploads.value.find((one) => one.key === key);
    if (!upload) return;
    const outcome = await sendFiles(upload.files, upload.by, key, (share) => change(key, { share })).catch(
      (error): Outcome => ({ refusal: explainError(error), isWorthRetrying: true }),
    );
    change(key, { outcome });
    if ("id" in outcome) sent.set(sent.value + 1);
  });
}

function change(key: string, changes: Partial<Upload>): void {
  uploads.set(uploads.value.map((upload) => (upload.key === key ? { ...upload, ...changes } : upload)));
}
