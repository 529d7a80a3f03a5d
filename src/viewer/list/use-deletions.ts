import { useLayoutEffect, useMemo, useRef } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { beforeLogOut } from "../session/session.ts";
import { Deletions } from "./deletions.ts";
import { eraseEcg, readTagged } from "./ecg-changes.ts";

/**
 * The deletions of a list. What waits is sent at once when the list, the page or the log-in is left.
 *
 * @param onErased is called when an ECG is gone
 */
export function useDeletions(onErased: (id: string) => void): Deletions<EcgSummary> {
  const latest = useRef(onErased);
  latest.current = onErased;
  const deletions = useMemo(() => newDeletions((id) => latest.current?.(id)), []);
  useLayoutEffect(() => {
    const leave = () => deletions.flush();
    addEventListener("pagehide", leave);
    beforeLogOut.add(leave);
    return () => {
      removeEventListener("pagehide", leave);
      beforeLogOut.delete(leave);
      void leave();
    };
  }, [deletions]);
  return deletions;
}

/** Deletions of ECGs as they are when somebody deletes them: one that another changes meanwhile stays. */
function newDeletions(onErased: (id: string) => void): Deletions<EcgSummary> {
  const tags = new Map<string, string | null>();
  const noteTag = async ({ id, open }: EcgSummary) => {
    tags.delete(id);
    // One that grows is another one every moment.
    if (!open) tags.set(id, (await readTagged(id)).tag);
  };
  return new Deletions<EcgSummary>({
    // Where the tag cannot be had, neither can the deletion, which says so.
    prepare: (ecg) => void noteTag(ecg).catch(() => undefined),
    erase: (ecg) => eraseEcg({ ecg, tag: tags.get(ecg.id) ?? null }),
    onErased,
  });
}
