import { useLayoutEffect, useState } from "hono/jsx/dom";
import { api, type EcgSummary, readAnswer } from "../api.ts";
import { NEW_VIEW, type View, writePlace } from "../page/address.ts";
import { EcgMoment } from "../page/moment.tsx";
import { count, writeDuration } from "../page/words.ts";
import { explainError, isAbort } from "../refusal.ts";

/** So many ECGs of a subject are offered, the newest. */
const MOST = "50";

/** The other ECGs of the subject: each is compared with this one. */
export function ChooseOther({ ecg, view }: { ecg: EcgSummary; view: View }) {
  const [others, setOthers] = useState<EcgSummary[] | undefined>(undefined);
  const [failure, setFailure] = useState("");
  const { subject } = ecg;
  useLayoutEffect(() => {
    if (subject === null) return;
    const ending = new AbortController();
    const list = async () => {
      const query = { subject, limit: MOST };
      const { items } = await readAnswer(await api.ecg.$get({ query }, { init: { signal: ending.signal } }));
      setOthers(items.filter(({ id }) => id !== ecg.id));
    };
    list().catch((error) => isAbort(error) || setFailure(explainError(error)));
    return () => ending.abort();
  }, []);
  if (subject === null) return <p>This ECG has no subject. ECGs of one subject are compared.</p>;
  if (failure) return <p role="alert">{failure}</p>;
  if (!others) return <p class="quiet">Looking …</p>;
  if (others.length === 0) return <p>{subject} has no other ECG.</p>;
  return (
    <ul class="others" aria-label={`Other ECGs of ${subject}`}>
      {others.map((other) => (
        <li key={other.id}>
          <a href={linkTo(ecg, other, view)}>
            <EcgMoment ecg={other} />
          </a>{" "}
          <span class="quiet">
            {[count(other.leads.length, "lead"), other.duration !== null && writeDuration(other.duration), other.note]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Both, the earlier one above. The scale stays; each begins with its beginning, but for the one that is seen. */
function linkTo(ecg: EcgSummary, other: EcgSummary, view: View): string {
  const isEarlier = ecg.date <= other.date;
  const ids = isEarlier ? ([ecg.id, other.id] as const) : ([other.id, ecg.id] as const);
  const { speed, gain, order, filters } = view;
  const [first, second] = isEarlier ? [view.time, 0] : [0, view.time];
  const both = { ...NEW_VIEW, speed, gain, order, filters, time: first };
  return writePlace({ name: "compare", pair: { ids, view: both, time: second, isTogether: true } });
}
