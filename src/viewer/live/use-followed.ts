import { useLayoutEffect, useState } from "hono/jsx/dom";
import { type EcgSummary, readSummary } from "../api.ts";
import { AgainLater } from "../page/again-later.ts";
import { explainError, isAbort } from "../refusal.ts";
import type { LiveState } from "./live-ecg.ts";
import { pollEcg } from "./poll-ecg.ts";

/** An ECG as it is known, anew whenever there is more of it, and how it is followed; or why it cannot be had. */
type Followed = { ecg?: EcgSummary; live?: LiveState; failure?: string };

/** Reads an ECG, after failures that pass once more, and follows it while it is open; `retry` reads it at once. */
export function useFollowed(id: string): Followed & { retry: () => void } {
  const [followed, setFollowed] = useState<Followed>({});
  const [tries, setTries] = useState(0);
  useLayoutEffect(() => {
    const ending = new AbortController();
    const show = (changes: Followed) => setFollowed((before) => ({ ...before, ...changes }));
    const open = async () => {
      const ecg = await again.watch(ending.signal, () => readSummary(id, ending.signal));
      if (ending.signal.aborted) return;
      show({ ecg, live: ecg.open ? { is: "live", failure: "" } : undefined });
      if (!ecg.open) return;
      const end = pollEcg(id, {
        onNews: (more) => show({ ecg: more, live: { is: more.open ? "live" : "ended", failure: "" } }),
        onAsked: (failure) => show({ live: { is: "live", failure } }),
        onLost: (failure) => show({ live: { is: "lost", failure } }),
      });
      ending.signal.addEventListener("abort", end);
    };
    const tryIt = () => void open().catch((error) => isAbort(error) || show({ failure: explainError(error) }));
    const again = new AgainLater(tryIt);
    show({ failure: "" });
    tryIt();
    return () => {
      ending.abort();
      again.close();
    };
  }, [id, tries]);
  return { ...followed, retry: () => setTries(tries + 1) };
}
