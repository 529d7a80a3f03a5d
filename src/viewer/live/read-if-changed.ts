import { api, type EcgSummary, readAnswer } from "../api.ts";

/**
 * An ECG without its samples, if it is another one than that of the ETag.
 *
 * @throws Refusal
 */
export async function readIfChanged(
  id: string,
  tag: string | undefined,
  signal: AbortSignal,
): Promise<{ ecg: EcgSummary; tag: string | undefined } | undefined> {
  const header = tag === undefined ? {} : { "If-None-Match": tag };
  const input = { param: { id }, query: { signals: "none" }, header } as const;
  const answer = await api.ecg[":id"].$get(input, { init: { signal } });
  if (answer.status === 304) return undefined;
  return { ecg: (await readAnswer<unknown>(answer)) as EcgSummary, tag: answer.headers.get("ETag") ?? undefined };
}
