import { useState } from "hono/jsx/dom";
import { readTime, writeTime } from "../page/words.ts";
import { centreOn } from "./moves.ts";
import type { Reading } from "./reading.ts";

/** Asks for a time of the recording, and has it in the middle. */
export function GoToTime({ reading, onDone }: { reading: Reading; onDone: () => void }) {
  const [refusal, setRefusal] = useState("");
  const duration = reading.frame?.duration ?? 0;
  const submit = (event: Event) => {
    event.preventDefault();
    const time = readTime(String(new FormData(event.target as HTMLFormElement).get("time")));
    if (time === null || time > duration) {
      setRefusal(`A time up to ${writeTime(duration)}: 90, 1:30 or 1:02:30.5`);
      return;
    }
    reading.move((view, frame) => centreOn(view, frame, time));
    onDone();
  };
  return (
    <form class="line" onSubmit={submit}>
      <label>
        Time from the beginning
        <input name="time" autocomplete="off" autofocus placeholder="0:00" required />
      </label>
      <button class="main" type="submit">
        Go
      </button>
      <p class="refusal" role="alert">
        {refusal}
      </p>
    </form>
  );
}
