import { useLayoutEffect, useRef } from "hono/jsx/dom";
import { useValue } from "../page/observable.ts";
import { observeLook } from "../page/observe-look.ts";
import { writeDuration, writeTime } from "../page/words.ts";
import { pickLeads, rhythmLead } from "../paper/paper-leads.ts";
import { paintSmall } from "../paper/small.ts";
import type { LeadPart } from "../signal/lead-part.ts";
import { rateOf } from "../signal/rate.ts";
import { centreOn, type Frame, pan } from "./moves.ts";
import type { Reading } from "./reading.ts";

/** The whole recording in a strip, with what is seen of it in a frame that can be dragged. */
export function Overview({ reading }: { reading: Reading }) {
  const scene = useValue(reading.scene);
  const lead = rhythmLead(pickLeads(reading.ecg, reading.view.value));
  const part = scene?.signal.readOverview(lead.name);
  const isTimed = scene?.layout.isTimed;
  const { frame } = reading;
  if (!frame || frame.seconds >= frame.duration * 0.999) return null;
  const percent = (seconds: number) => `${(100 * seconds) / frame.duration}%`;

  const onDown = (event: PointerEvent) => {
    const strip = event.currentTarget as HTMLElement;
    const { left, width: pixels } = strip.getBoundingClientRect();
    const timeAt = (x: number) => ((x - left) / pixels) * frame.duration;
    const grip = timeAt(event.clientX) - frame.time;
    // Beside the frame a press brings it there; on it, it is dragged from where it was touched.
    const isInside = grip >= 0 && grip <= frame.seconds;
    if (!isInside) reading.move((view, now) => centreOn(view, now, timeAt(event.clientX)));
    const held = isInside ? grip : frame.seconds / 2;
    strip.setPointerCapture(event.pointerId);
    strip.onpointermove = (move) => reading.move((view, now) => pan(view, now, timeAt(move.clientX) - held - now.time));
    strip.onpointerup = strip.onpointercancel = () => {
      strip.onpointermove = null;
    };
  };

  return (
    <div
      class="overview"
      role="slider"
      tabIndex={0}
      aria-label="Time in the whole recording"
      aria-valuemin={0}
      aria-valuemax={Math.round(frame.duration)}
      aria-valuenow={Math.round(frame.time)}
      aria-valuetext={describe(frame)}
      title={`All ${writeDuration(frame.duration)}`}
      onPointerDown={onDown}
    >
      {part && (
        <Picture part={part} gain={lead.gain} width={frame.duration * ((isTimed && rateOf(reading.ecg, lead)) || 1)} />
      )}
      <div class="frame" style={{ left: percent(frame.time), width: percent(frame.seconds) }} />
    </div>
  );
}

function Picture({ part, gain, width }: { part: LeadPart; gain: number | null; width: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const { current: element } = canvas;
    if (!element) return;
    // Not at once: a strip that has just appeared has no width yet.
    return observeLook(element, () =>
      paintSmall(element, part, { colour: getComputedStyle(element).color, gain, width }),
    );
  }, [part, width]);
  return <canvas ref={canvas} />;
}

function describe({ time, seconds }: Frame): string {
  return `${writeDuration(seconds)} from ${writeTime(time)} on`;
}
