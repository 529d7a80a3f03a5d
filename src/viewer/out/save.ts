import { explainProblem, Refusal } from "../refusal.ts";

/** A part of the File System Access API that TypeScript does not know: where it is not, it is undefined. */
type Picker = (options: { suggestedName: string }) => Promise<Handle>;
type Handle = { createWritable(): Promise<WritableStream<Uint8Array>>; remove?: () => Promise<void> };

/** An answer of the API, of whatever type. */
type Answer = Pick<Response, "ok" | "status" | "body" | "headers"> & { json(): Promise<unknown> };

/** A Blob is made of so many bytes at a time: the browser, which has its own place for Blobs, takes them from the page. */
const PART_BYTES = 2 ** 24;

/**
 * Saves what the API answers as a file. What may be long goes from the network to the disk, if the browser can do that: then it is asked
 * first where to. Else it is kept as a Blob of parts, which browsers put on the disk when they are many.
 *
 * @param name of the file, where the answer does not say it
 * @param onProgress is given the bytes that have come
 * @throws Refusal; AbortError when somebody has called it off, also by not choosing a file
 */
export async function saveAnswer(
  ask: () => Promise<Answer>,
  { name, isLong, onProgress }: { name: string; isLong: boolean; onProgress: (bytes: number) => void },
): Promise<void> {
  const { showSaveFilePicker: pick } = globalThis as { showSaveFilePicker?: Picker };
  const handle = isLong && pick ? await pick.call(globalThis, { suggestedName: name }) : undefined;
  try {
    const answer = await ask();
    if (!answer.ok || !answer.body) {
      throw new Refusal(answer.status, explainProblem(await answer.json().catch(() => undefined), answer.status));
    }
    const body = answer.body.pipeThrough(newCounter(onProgress));
    if (handle) await body.pipeTo(await handle.createWritable());
    else saveBlob(await collect(body, answer.headers.get("Content-Type") ?? ""), nameIn(answer) ?? name);
  } catch (error) {
    // The file is there, empty, since it was chosen.
    await handle?.remove?.().catch(() => undefined);
    throw error;
  }
}

/** Has the browser save a file as its downloads are. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: the browser has to have begun.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function newCounter(onProgress: (bytes: number) => void): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(part, controller) {
      bytes += part.length;
      onProgress(bytes);
      controller.enqueue(part);
    },
  });
}

/** All of a stream as a Blob, of which the page has one part at a time. */
async function collect(body: ReadableStream<Uint8Array>, type: string): Promise<Blob> {
  const parts: Blob[] = [];
  let last: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const end = () => {
    parts.push(new Blob(last));
    last = [];
    bytes = 0;
  };
  await body.pipeTo(
    new WritableStream<Uint8Array>({
      write(part) {
        last.push(part as Uint8Array<ArrayBuffer>);
        bytes += part.length;
        if (bytes >= PART_BYTES) end();
      },
    }),
  );
  end();
  return new Blob(parts, { type });
}

function nameIn(answer: Answer): string | undefined {
  return /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
}
