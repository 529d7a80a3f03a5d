import { explainProblem } from "../refusal.ts";
import { requireToken } from "../session/session.ts";

/** What an upload came to: an ECG with notes on what came, or why there is none. */
export type Outcome = { id: string; notes: string[] } | { refusal: string; isWorthRetrying: boolean };

/** A request that is worth sending again: the service was out of reach, busy, or failed itself. */
const RETRY_STATUSES = [0, 429, 500, 502, 503, 504];

/**
 * Sends the files of an ECG. XMLHttpRequest tells how much has gone, which fetch does not.
 *
 * @param key the same for each try, so that a retry makes no second ECG
 * @param onProgress is told the share that has gone, 0 to 1
 */
export async function sendFiles(
  files: readonly File[],
  key: string,
  onProgress: (share: number) => void,
): Promise<Outcome> {
  const [token, packed] = await Promise.all([requireToken(), packFiles(files)]);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/ecg");
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Idempotency-Key", `"${key}"`);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    const refuse = () => {
      const reason =
        request.status === 0 ? "The service cannot be reached." : explainProblem(readBody(request), request.status);
      resolve({ refusal: reason, isWorthRetrying: RETRY_STATUSES.includes(request.status) });
    };
    request.onerror = refuse;
    request.onload = () => {
      if (request.status !== 201) return refuse();
      const { id, notes } = readBody(request) as { id: string; notes: string[] };
      resolve({ id, notes });
    };
    if (packed instanceof Blob) {
      request.setRequestHeader("Content-Encoding", "gzip");
      request.setRequestHeader("Content-Type", packed.type);
    }
    request.send(packed);
  });
}

/** Files below this are sent as they are: gzip would save no time that anybody notices. */
const MIN_BYTES_TO_GZIP = 256 * 1024;
/** What is packed already gets no smaller. */
const PACKED = /\.(zip|gz|tgz|ats|pdf)$/i;

/**
 * The form that has these files, gzipped if that is worth it.
 *
 * @returns a blob, whose type is that of the form in it, where it is gzipped
 */
export async function packFiles(files: readonly File[]): Promise<FormData | Blob> {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  const bytes = files.reduce((sum, { name, size }) => sum + (PACKED.test(name) ? 0 : size), 0);
  if (bytes < MIN_BYTES_TO_GZIP) return form;
  const { headers, body } = new Response(form);
  const type = headers.get("content-type") ?? "";
  const packed =
    body && new Response(body.pipeThrough(new CompressionStream("gzip")), { headers: { "Content-Type": type } });
  return packed ? packed.blob() : form;
}

function readBody(request: XMLHttpRequest): unknown {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return undefined;
  }
}
