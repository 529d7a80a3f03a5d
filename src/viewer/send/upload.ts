import { explainProblem } from "../refusal.ts";
import { withToken } from "../session/session.ts";

/** What an upload came to: an ECG with notes on what came, or why there is none. */
export type Outcome = { id: string; notes: string[] } | { refusal: string; isWorthRetrying: boolean };

/** A request that is worth sending again: the service was out of reach, busy, or failed itself. */
const RETRY_STATUSES = [0, 429, 500, 502, 503, 504];

/**
 * Sends the files of an ECG.
 *
 * @param by the id of the account that sends them; if undefined, that of whoever is logged in, or logs in next
 * @param key the same for each try, so that a retry makes no second ECG
 * @param onProgress is told the share that has gone, 0 to 1
 * @throws Error when the files cannot be read, or the service cannot be reached for a token
 */
export async function sendFiles(
  files: readonly File[],
  by: string | undefined,
  key: string,
  onProgress: (share: number) => void,
): Promise<Outcome> {
  const packed = await packFiles(files);
  const { status, responseText } = await withToken(by, (token) => post(packed, token, key, onProgress));
  const body = parse(responseText);
  if (status === 201) {
    const { id, notes } = body as { id: string; notes: string[] };
    return { id, notes };
  }
  const refusal = status === 0 ? "The service cannot be reached." : explainProblem(body, status);
  return { refusal, isWorthRetrying: RETRY_STATUSES.includes(status) };
}

/** Sends a form, and gives the request when it is over. XMLHttpRequest tells how much has gone, which fetch does not. */
function post(
  packed: FormData | Blob,
  token: string,
  key: string,
  onProgress: (share: number) => void,
): Promise<XMLHttpRequest> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/ecg");
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Idempotency-Key", `"${key}"`);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onloadend = () => resolve(request);
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
