import type { Format } from "./format.ts";
import { json } from "./json/json.ts";

/** Every format that can be read, in the order in which they are tried. */
export const formats: readonly Format[] = [json];

/** The format of a Content-Type, whatever its parameters. */
export function findFormat(contentType: string): Format | undefined {
  const mediaType = contentType.split(";", 1)[0].trim().toLowerCase();
  return formats.find((format) => format.mediaTypes.includes(mediaType));
}
