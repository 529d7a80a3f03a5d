import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { countZeroCrossings } from "../analysis/zero-crossings.ts";
import { newInputError } from "../errors.ts";
import { ByteStream } from "../formats/byte-stream.ts";
import type { InputFile, ReadOptions } from "../formats/format.ts";
import { formats } from "../formats/index.ts";
import { json } from "../formats/json/json.ts";
import { MAX_SAMPLING_RATE_HZ, MIN_SAMPLING_RATE_HZ } from "../formats/limits.ts";
import { openRecording } from "../formats/open.ts";
import type { Annotation } from "../recording/recording.ts";
import { areFarApart, countChunks, cutChunks } from "../store/chunk-plan.ts";
import { insertEcg } from "../store/ecgs.ts";
import { newId } from "../store/ids.ts";
import type { EcgRow, LeadRow } from "../store/schema.ts";
import { MAX_JSON_BYTES, MAX_STREAM_BYTES, readBody, streamBody } from "./body.ts";
import { TimeZoneSchema } from "./ecg-export.ts";
import { readMultipart } from "./multipart.ts";
import { type AppEnv, binaryContent, type referToSchema } from "./openapi.ts";

/** A day of three leads has 1,350; production allows 1,000 queries a request, of which each stores 16. */
const MAX_CHUNKS = 12_000;

/** How files are read. */
export const readQuery = {
  timezone: TimeZoneSchema.optional(),
  keep_subject: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional()
    .openapi({ description: "Whether the patient's id or name in a file is kept, as `subject`; otherwise it is not" }),
  leads: z.string().optional().openapi({
    description: "Of EDF and other files of many channels: only these, in this order, by label: `II,V1`",
  }),
  sampling_rate: z.coerce
    .number()
    .min(MIN_SAMPLING_RATE_HZ)
    .max(MAX_SAMPLING_RATE_HZ)
    .optional()
    .openapi({ description: "Of a file that does not say it, such as CSV without a column of times; Hz" }),
};
export type ReadQuery = { [Key in keyof typeof readQuery]?: z.output<(typeof readQuery)[Key]> };

export function toReadOptions(query: ReadQuery): ReadOptions {
  return {
    timeZone: query.timezone ?? "UTC",
    leads: query.leads?.split(",").map((name) => name.trim()),
    samplingRate: query.sampling_rate,
    keepSubject: query.keep_subject,
  };
}

/** A body that may be an ECG in JSON or any file. */
export function anyEcgBody(jsonBody: ReturnType<typeof referToSchema>) {
  const files = formats.filter(({ id, read, open }) => id !== json.id && (read || open));
  const file = { type: "array" as const, items: { type: "string" as const, format: "binary" } };
  const form = { type: "object" as const, properties: { file }, required: ["file"] };
  const multipart = { "multipart/form-data": { schema: form } };
  return { ...jsonBody, content: { ...jsonBody.content, ...binaryContent(files), ...multipart } };
}

export type Upload = Awaited<ReturnType<typeof openRecording>>;

/** The recording that a request's body is, in whatever format. */
export function openUpload(request: Request, options: ReadOptions): Promise<Upload> {
  const contentType = request.headers.get("content-type") ?? "";
  const mediaType = contentType.split(";", 1)[0].trim().toLowerCase();
  return openRecording(openFiles(request, contentType, mediaType), options, mediaType);
}

async function* openFiles(request: Request, contentType: string, mediaType: string): AsyncGenerator<InputFile> {
  if (mediaType === "multipart/form-data") {
    yield* readMultipart(contentType, streamBody(request, MAX_STREAM_BYTES));
  } else if (json.mediaTypes.includes(mediaType)) {
    yield { name: "", bytes: new ByteStream([await readBody(request, MAX_JSON_BYTES)]) };
  } else {
    yield { name: "", bytes: new ByteStream(streamBody(request, MAX_STREAM_BYTES)) };
  }
}

/** Stores a recording as it comes in, with what is measured in it on the way. */
export async function storeRecording(c: Context<AppEnv>, { head, stretches }: Upload): Promise<EcgRow> {
  const { leads: heads, isOpen, recordedAt, ...about } = head;
  // What is read whole is in the first stretch: its lengths say how it is best cut.
  const first = await stretches.next();
  const counts = heads.map((_, i) => (first.done ? 0 : first.value.samples[i].length));
  const chunkSamples = cutChunks(heads.map((lead, i) => ({ ...lead, sampleCount: counts[i] })));
  const leads = heads.map((lead, i): LeadRow => {
    return { ...lead, chunkSamples: chunkSamples[i], sampleCount: 0, zeroCrossings: 0, lastSign: 0 };
  });
  const annotations: Annotation[] = [];
  async function* measure() {
    for (let next = first; !next.done; next = await stretches.next()) {
      const { samples, annotations: more = [] } = next.value;
      for (const [i, lead] of leads.entries()) addSamples(lead, samples[i]);
      if (countChunks(leads) > MAX_CHUNKS) {
        throw newInputError([{ path: "leads", message: "have too many samples for their sampling rate" }]);
      }
      for (const annotation of more) annotations.push(annotation);
      yield samples;
    }
    if (isOpen && areFarApart(leads)) throw newInputError([{ path: "leads", message: "are too far apart in time" }]);
  }
  const now = Date.now();
  const ecg = { ...about, id: newId(now), createdAt: now, recordedAt: recordedAt ?? now, open: isOpen, leads };
  return insertEcg(c.var.store, c.var.owner, ecg, measure(), () => ({ leads, annotations }));
}

/** Goes on with what is measured of a lead. */
function addSamples(lead: LeadRow, samples: Int32Array): void {
  const before = { count: lead.zeroCrossings, lastSign: lead.lastSign };
  const { count, lastSign } = countZeroCrossings(samples, before);
  lead.sampleCount += samples.length;
  lead.zeroCrossings = count;
  lead.lastSign = lastSign;
}
