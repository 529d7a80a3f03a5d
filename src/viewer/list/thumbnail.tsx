import { useLayoutEffect, useRef } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { observeLook } from "../page/observe-look.ts";
import { whenSeen } from "../page/when-seen.ts";
import { rhythmLead } from "../paper/paper-leads.ts";
import { paintSmall } from "../paper/small.ts";
import { readLeads } from "../signal/ecg-signal.ts";
import type { LeadPart } from "../signal/lead-part.ts";
import { rateOf } from "../signal/rate.ts";

/** A picture has so many seconds, or all that is not timed, in so many points. */
const SECONDS = 10;
const POINTS = 320;

/** A small picture of the beginning of lead II, or else of the first lead. It is fetched when it comes into view. */
export function Thumbnail({ ecg }: { ecg: EcgSummary }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const { current } = canvas;
    if (!current) return;
    const ending = new AbortController();
    let endLook: (() => void) | undefined;
    const draw = async () => {
      const part = await readPart(ecg, ending.signal);
      if (!part || ending.signal.aborted) return;
      const { gain } = rhythmLead(ecg.leads);
      const draw = () => paintSmall(current, part, { colour: getComputedStyle(current).color, gain });
      endLook = observeLook(current, draw);
    };
    const endSeen = whenSeen(current, () => {
      endSeen();
      // A row without a picture is still a row.
      draw().catch(() => undefined);
    });
    return () => {
      endSeen();
      ending.abort();
      endLook?.();
    };
  }, [ecg.id]);
  return <canvas class="thumbnail" ref={canvas} />;
}

/** What the picture shows; undefined where the lead has no samples. */
async function readPart(ecg: EcgSummary, signal: AbortSignal): Promise<LeadPart | undefined> {
  const lead = rhythmLead(ecg.leads);
  if (lead.n_samples === 0) return undefined;
  const end = rateOf(ecg, lead) === null ? {} : { end: String(SECONDS) };
  const tile = await readLeads(ecg.id, { leads: [lead.name], ...end, max_points: POINTS }, signal);
  return tile.get(lead.name);
}
