import type { Recording, RecordingHead } from "../recording/recording.ts";
import type { Format, InputFile, NextFile, OpenRecording, ReadOptions, Stretch } from "./format.ts";
import { joinSamples } from "./join-samples.ts";

/** The largest file that is read whole. */
export const MAX_WHOLE_BYTES = 32 * 1024 * 1024;

/** Opens a file of any format. */
export async function openFile(
  format: Format,
  file: InputFile,
  options: ReadOptions,
  next: NextFile,
): Promise<OpenRecording> {
  if (format.open) return format.open(file, options, next);
  if (!format.read) throw new TypeError(`${format.id} cannot be read`);
  const { leads, annotations, ...about } = format.read(await file.bytes.readAll(MAX_WHOLE_BYTES), options);
  const head = { ...about, leads: leads.map(({ samples: _, ...lead }) => lead) };
  return { head, stretches: [{ samples: leads.map(({ samples }) => samples), annotations }] };
}

/** Joins a recording that is read stretch by stretch, where there is memory for all of it. */
export async function joinStretches(head: RecordingHead, stretches: OpenRecording["stretches"]): Promise<Recording> {
  const all: Stretch[] = [];
  for await (const stretch of stretches) all.push(stretch);
  const leads = head.leads.map((lead, i) => ({ ...lead, samples: joinSamples(all.map(({ samples }) => samples[i])) }));
  const annotations = all.flatMap((stretch) => stretch.annotations ?? []);
  const { notes: early, ...about } = head;
  const notes = [...(early ?? []), ...all.flatMap((stretch) => stretch.notes ?? [])];
  return { ...about, leads, annotations, ...(notes.length > 0 && { notes }) };
}
