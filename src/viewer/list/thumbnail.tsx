import { useLayoutEffect, useRef } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { rhythmLead } from "../paper/paper-leads.ts";
import { paintSmall } from "../paper/small.ts";
import { readLeads } from "../signal/ecg-signal.ts";
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
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      observer.disconnect();
      // A row without a picture is still a row.
      draw(current, ecg, ending.signal).catch(() => undefined);
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
      ending.abort();
    };
  }, [ecg.id]);
  return <canvas class="thumbnail" ref={canvas} />;
}

async function draw(canvas: HTMLCanvasElement, ecg: EcgSummary, signal: AbortSignal): Promise<void> {
  const lead = rhythmLead(ecg.leads);
  if (lead.n_samples === 0) return;
  const end = rateOf(ecg, lead) === null ? {} : { end: String(SECONDS) };
  const tile = await readLeads(ecg.id, { leads: [lead.name], ...end, max_points: POINTS }, signal);
  const part = tile.get(lead.name);
  if (part) paintSmall(canvas, part, getComputedStyle(canvas).color);
}
