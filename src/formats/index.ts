import type { Format } from "./format.ts";
import { json } from "./json/json.ts";
import { jsonLines } from "./json/lines.ts";

/** Every format, in the order in which they are tried. */
export const formats: readonly Format[] = [json, jsonLines];

/** The format of a media type, whatever its parameters. */
export function findFormat<T extends Format>(mediaType: string, among: readonly T[]): T | undefined {
  const bare = mediaType.split(";", 1)[0].trim().toLowerCase();
  return among.find(({ mediaTypes }) => mediaTypes.includes(bare));
}
