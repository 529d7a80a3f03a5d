import { ByteStream } from "../../formats/byte-stream.ts";
import { openRecording } from "../../formats/open.ts";
import { joinStretches } from "../../formats/read-whole.ts";
import { answerQuery, newLocalEcg } from "./local-ecg.ts";
import { addOpened } from "./local-ecgs.ts";

/**
 * Reads the files of one ECG by the code of the service, without sending them.
 *
 * @returns the id by which the page has it
 * @throws AppError with what is wrong with the files
 */
export async function openLocally(files: readonly File[]): Promise<string> {
  const inputs = files.map((file) => ({ name: file.name, bytes: new ByteStream(readParts(file)) }));
  const options = { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, keepSubject: true };
  const { head, stretches } = await openRecording(inputs, options, files.length === 1 ? files[0].type : "");
  const recording = await joinStretches(head, stretches);
  return addOpened((id) => {
    const ecg = newLocalEcg(id, recording, Date.now());
    return { answer: (query) => answerQuery(ecg, query), files, notes: recording.notes ?? [] };
  });
}

/** The bytes of a file as they are read from the disk. */
async function* readParts(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}
