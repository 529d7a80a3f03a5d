import { useState } from "hono/jsx/dom";
import { readClock, readTime, writeClock, writeDate, writeDuration, writeNumber, writeTime } from "../page/words.ts";
import { centreOn } from "./moves.ts";
import type { Reading } from "./reading.ts";

/**
 * Asks for a time of the recording, or a time of day where it says when it was recorded, and has it in the middle. Of one without a
 * sampling rate it asks for a sample.
 */
export function GoToTime({ reading, onDone }: { reading: Reading; onDone: () => void }) {
  const [refusal, setRefusal] = useState("");
  const { ecg, frame } = reading;
  const duration = frame?.duration ?? 0;
  const isTimed = reading.scene.value?.layout.isTimed ?? true;
  const clock = isTimed ? writeClock(ecg, 0) : undefined;
  const submit = (event: Event) => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const [asked, atClock] = ["time", "clock"].map((name) => String(fields.get(name) ?? "").trim());
    const time = asked === "" && atClock !== "" ? nextAtClock(reading, atClock) : readTime(asked);
    if (time === undefined) {
      setRefusal(`A time of day of the ${writeDuration(duration)} from ${writeDate(ecg.date)} on: 15:20 or 15:20:30`);
      return;
    }
    if (time === null || time > duration) {
      setRefusal(
        isTimed
          ? `A time up to ${writeTime(duration)}: 90, 1:30 or 1:02:30.5`
          : `A sample up to number ${writeNumber(duration)}`,
      );
      return;
    }
    reading.move((view, frame) => centreOn(view, frame, time));
    onDone();
  };
  return (
    <form class="line" onSubmit={submit}>
      <label>
        {isTimed ? "Time from the beginning" : "Number of the sample"}
        <input
          name="time"
          autocomplete="off"
          autofocus
          placeholder={isTimed ? "0:00" : "0"}
          required={clock === undefined}
        />
      </label>
      {clock && (
        <label>
          or time of day
          <input name="clock" autocomplete="off" placeholder={clock} />
        </label>
      )}
      <button class="main" type="submit">
        Go
      </button>
      <p class="refusal" role="alert">
        {refusal}
      </p>
    </form>
  );
}

/** The next time at which the clock showed this, behind the middle of what is seen, or else the first one; undefined if there is none. */
function nextAtClock({ ecg, frame }: Reading, text: string): number | undefined {
  const times = (frame && readClock(ecg, frame.duration, text)) ?? [];
  const middle = frame ? frame.time + frame.seconds / 2 : 0;
  return times.find((time) => time > middle + 1) ?? times[0];
}
