import { useState } from "hono/jsx/dom";
import { Moment } from "../page/moment.tsx";
import { More, usePagedList } from "../page/more.tsx";
import { useValue } from "../page/observable.ts";
import { count } from "../page/words.ts";
import { explainError } from "../refusal.ts";
import { type FailedJob, readFailedJobs, retryJob } from "./job-api.ts";

const KIND_WORDS: Record<FailedJob["kind"], string> = {
  measure: "Measure an ECG",
  hash: "Hash the samples of an ECG",
  archive: "Move an ECG to the archive",
  "erase-ecg": "Erase an ECG",
  "erase-user": "Erase a user",
  sweep: "Sweep up",
};

/** The jobs that have failed for good: each can be done once more when what has kept it from being done is mended. */
export function FailedJobs() {
  const list = usePagedList<FailedJob>("failed jobs", readFailedJobs);
  const { items, state } = useValue(list.rows);
  const [refusal, setRefusal] = useState("");
  const retry = async (job: FailedJob) => {
    setRefusal("");
    try {
      await retryJob(job);
      list.remove(job.id);
    } catch (error) {
      setRefusal(explainError(error));
    }
  };
  return (
    <section class="list" aria-label="Failed jobs">
      <h2>Failed jobs</h2>
      {items.length === 0 && state === "end" && <p class="quiet">There is none.</p>}
      <p class="refusal" role="alert">
        {refusal}
      </p>
      <ul class="rows" aria-label="Failed jobs" aria-busy={state === "loading"}>
        {items.map((job) => (
          <li key={job.id}>
            <span class="entry">
              <strong>{KIND_WORDS[job.kind]}</strong>
              <span class="quiet">{job.subject_id}</span>
              <span class="quiet">
                {job.error ?? "for no reason that is known"}, after {count(job.tries, "run")},{" "}
                <Moment at={job.failed_at} />
              </span>
            </span>
            <button
              type="button"
              aria-label={`Do it once more: ${KIND_WORDS[job.kind]}, ${job.subject_id}`}
              onClick={() => void retry(job)}
            >
              Do it once more
            </button>
          </li>
        ))}
      </ul>
      <More list={list} />
    </section>
  );
}
