import type { EcgSummary } from "../api.ts";
import { explainError, isAbort, isPassing, Refusal } from "../refusal.ts";
import { delayOf } from "./pace.ts";
import { readIfChanged } from "./read-if-changed.ts";

/** What is said of an ECG that is asked for again and again. */
export type News = {
  /** There is more of it, or it has ended, and then nothing more is asked. */
  onNews: (ecg: EcgSummary) => void;
  /** The ECG was asked for: why in vain, or empty. */
  onAsked?: (failure: string) => void;
  /** The ECG is not there any more, or no longer to be seen: nothing more is asked. */
  onLost?: (failure: string) => void;
};

/**
 * Asks for an ECG with its ETag, often while something comes and seldom while nobody looks, until it is closed.
 *
 * @returns what ends it
 */
export function pollEcg(id: string, { onNews, onAsked, onLost }: News): () => void {
  const ending = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tag: string | undefined;
  /** How often nothing had come since something last did. */
  let silent = 0;
  let isAsking = false;
  const wait = (delay: number) => {
    clearTimeout(timer);
    // Of two answers the older one might come last.
    if (!ending.signal.aborted && !isAsking) timer = setTimeout(() => void ask(), delay);
  };
  const ask = async () => {
    isAsking = true;
    let failure = "";
    try {
      const news = await readIfChanged(id, tag, ending.signal);
      silent = news ? 0 : silent + 1;
      tag = news?.tag ?? tag;
      if (news && !news.ecg.open) end();
      if (news) onNews(news.ecg);
    } catch (error) {
      if (isAbort(error)) return;
      silent++;
      failure = explainError(error);
      if (error instanceof Refusal && !isPassing(error)) {
        end();
        onLost?.(failure);
      }
    }
    isAsking = false;
    if (ending.signal.aborted) return;
    onAsked?.(failure);
    wait(delayOf(silent, document.hidden));
  };
  const onVisible = () => wait(document.hidden ? delayOf(0, true) : 0);
  const end = () => {
    clearTimeout(timer);
    ending.abort();
    document.removeEventListener("visibilitychange", onVisible);
  };
  document.addEventListener("visibilitychange", onVisible);
  wait(delayOf(0, document.hidden));
  return end;
}
