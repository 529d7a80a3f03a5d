import { useLayoutEffect } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { Refusal } from "../refusal.ts";
import { atLogOut, beforeAnother } from "../session/session.ts";
import { Deletions } from "./deletions.ts";
import { eraseEcg, readTagged } from "./ecg-changes.ts";

/** The deletions of whoever is here. What could not be deleted after the list was left is told when it is opened again. */
export const deletions = newDeletions();
beforeAnother.add(() => deletions.forget());

/** Has the list send what waits at once when it, the page or the log-in is left; gives the deletions. */
export function useDeletions(): Deletions<EcgSummary> {
  useLayoutEffect(() => {
    const leave = () => deletions.flush();
    const leavePage = () => void deletions.flush(true);
    addEventListener("pagehide", leavePage);
    atLogOut.add(leave);
    return () => {
      removeEventListener("pagehide", leavePage);
      atLogOut.delete(leave);
      void leave();
    };
  }, []);
  return deletions;
}

/** Deletions of ECGs as they are when somebody deletes them: one that another changes meanwhile stays. */
export function newDeletions(): Deletions<EcgSummary> {
  const tags = new Map<string, { here: string | null; coming: Promise<void> }>();
  const prepare = ({ id, open }: EcgSummary) => {
    const tag = { here: null as string | null, coming: Promise.resolve() };
    tags.set(id, tag);
    // One that grows is another one every moment.
    if (open) return;
    tag.coming = readTagged(id).then(
      (now) => {
        tag.here = now.tag;
      },
      (error) => {
        // Where the tag cannot be had, neither can the deletion, which says so; unless the ECG is gone.
        if (!(error instanceof Refusal) || error.status !== 404) throw error;
      },
    );
    tag.coming.catch(() => undefined);
  };
  const erase = async (ecg: EcgSummary, isAtOnce: boolean) => {
    const tag = tags.get(ecg.id);
    if (!isAtOnce) await tag?.coming;
    await eraseEcg({ ecg, tag: tag?.here ?? null });
  };
  return new Deletions<EcgSummary>({ prepare, erase });
}
