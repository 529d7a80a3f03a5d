import { type PropsWithChildren, useLayoutEffect, useState } from "hono/jsx/dom";
import { useValue } from "../page/observable.ts";
import type { Reading } from "../reader/reading.ts";
import { LiveEcg, type LiveState } from "./live-ecg.ts";

/** Follows an ECG that is being recorded, and says so. */
export function LiveSign({ reading }: { reading: Reading }) {
  const [live] = useState(() => new LiveEcg(reading));
  useLayoutEffect(() => () => live.close(), [live]);
  const state = useValue(live.state);
  return (
    <LiveWord state={state}>
      {state?.is === "away" && (
        <button type="button" title="To what is being recorded now (End)" onClick={() => live.goToEnd()}>
          Follow
        </button>
      )}
    </LiveWord>
  );
}

/** Says how an ECG is followed; nothing of one that was closed before. */
export function LiveWord({ state, children }: PropsWithChildren<{ state: LiveState }>) {
  if (!state) return null;
  const { is, failure } = state;
  return (
    <span class="live" data-state={is} title={failure || undefined}>
      <span role="status">
        {{ live: "Live", away: "Live", ended: "Recording ended", lost: "No longer live" }[is]}
        {failure && <span class="quiet"> {is === "lost" ? failure : "no connection"}</span>}
      </span>
      {children}
    </span>
  );
}
