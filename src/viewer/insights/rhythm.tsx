import { useLayoutEffect } from "hono/jsx/dom";
import type { EcgSummary } from "../api.ts";
import { Heads } from "../page/heads.tsx";
import { useValue } from "../page/observable.ts";
import { count, writeClock, writeDuration, writeNumber, writeTime } from "../page/words.ts";
import { Chart } from "./chart.tsx";
import { drawHistogram, drawIntervals, drawPoincare } from "./charts.ts";
import type { EcgInsights } from "./ecg-insights.ts";
import { Pacing } from "./pacing.tsx";
import type { Hour, Insights } from "./read-insights.ts";
import { Waiting } from "./waiting.tsx";
import { BEAT_NAMES, describeIntervals } from "./words.ts";

/** Beats over time: intervals as they follow one another, as pairs and by their lengths; and the hours of a long recording. */
export function Rhythm({ insights, measured }: { insights: EcgInsights; measured: Insights }) {
  const beats = useValue(insights.beats);
  useLayoutEffect(() => {
    if (insights.beats.value.state === "unasked") void insights.findBeats();
  }, []);
  const marks = useValue(insights.marks);
  useValue(insights.events.state);
  const { intervals } = insights;
  const { hours = [], rr_histogram: histogram } = measured.series ?? {};
  const says = intervals ? describeIntervals(intervals.map(({ duration }) => duration)) : "";
  const duration = insights.reading.ecg.duration ?? 0;
  return (
    <>
      <fieldset class="line">
        <legend class="hidden">Marks on the paper</legend>
        <Mark name="Beats (b)" isOn={marks.beats} onChange={(isOn) => insights.mark({ beats: isOn })} />
        <Mark name="Waves (w)" isOn={marks.waves} onChange={(isOn) => insights.mark({ waves: isOn })} />
      </fieldset>
      <Pacing insights={insights} />
      <Waiting loaded={beats} onRetry={() => void insights.findBeats()} />
      {intervals && (
        <section>
          <h2>RR over time</h2>
          <Chart
            says={`RR intervals over time: ${says}`}
            of={[intervals]}
            draw={(pen) => drawIntervals(pen, intervals, duration)}
            onPick={(x) => insights.goTo(x * duration)}
          />
          <p class="quiet">{says}</p>
          <Legend />
          <h2>Poincaré</h2>
          <div class="square">
            <Chart
              says={`Each RR interval over the one before: ${says}`}
              of={[intervals]}
              draw={(pen) => drawPoincare(pen, intervals)}
            />
          </div>
        </section>
      )}
      {histogram && histogram.counts.length > 0 && (
        <section>
          <h2>RR intervals by length</h2>
          <Chart
            says={`How many RR intervals there are of each length: ${says}`}
            of={[histogram]}
            draw={(pen) => drawHistogram(pen, histogram)}
          />
          <p class="quiet">
            Filled: between two normal beats.{histogram.longer > 0 && ` ${histogram.longer} of 4 s or longer.`}
          </p>
        </section>
      )}
      {hours.length > 1 && <Hours ecg={insights.reading.ecg} hours={hours} onPick={(time) => insights.goTo(time)} />}
    </>
  );
}

function Mark({ name, isOn, onChange }: { name: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label>
      <span>
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event: Event) => onChange((event.target as HTMLInputElement).checked)}
        />{" "}
        {name}
      </span>
    </label>
  );
}

function Legend() {
  return (
    <p class="legend">
      {Object.entries(BEAT_NAMES).map(([type, name]) => (
        <span key={type} class={`beat-${type.toLowerCase()}`}>
          <strong>{type}</strong> {name}
        </span>
      ))}
    </p>
  );
}

function Hours({ ecg, hours, onPick }: { ecg: EcgSummary; hours: readonly Hour[]; onPick: (time: number) => void }) {
  const hasClock = writeClock(ecg, 0) !== undefined;
  return (
    <section>
      <h2>Hour by hour</h2>
      <table class="figures">
        <Heads
          names={[
            "From",
            ...(hasClock ? ["At"] : []),
            "Beats",
            "HR",
            "Min",
            "Max",
            "V",
            "S",
            "Pauses",
            "Irregular",
            "Unusable",
          ]}
        />
        <tbody>
          {hours.map((hour) => (
            <tr key={hour.start}>
              <th scope="row">
                <button type="button" class="link" onClick={() => onPick(hour.start)}>
                  {writeTime(hour.start)}
                </button>
              </th>
              {hasClock && <td class="number">{writeClock(ecg, hour.start, false)}</td>}
              {[
                writeNumber(hour.beats),
                ...[hour.heart_rate?.mean, hour.heart_rate?.minimum, hour.heart_rate?.maximum].map((rate) =>
                  rate == null ? "—" : writeNumber(Math.round(rate)),
                ),
                ...[hour.ventricular, hour.supraventricular, hour.pauses].map(writeNumber),
                ...[hour.irregular, hour.unusable].map((seconds) => (seconds > 0 ? writeDuration(seconds) : "0")),
              ].map((value, i) => (
                <td key={i} class="number">
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">{count(hours.length, "hour")}; rates in bpm, the lowest and highest of 10 s.</p>
    </section>
  );
}

/** One point a beat, under the overview: a click goes there. Its room is kept while beats are to come, so that the paper does not jump. */
export function RrStrip({ insights }: { insights: EcgInsights }) {
  const beats = useValue(insights.beats);
  const measured = useValue(insights.measured);
  useValue(insights.events.state);
  useValue(insights.reading.scene);
  const { intervals, reading } = insights;
  const { frame } = reading;
  if (!frame || frame.seconds >= frame.duration * 0.999) return null;
  if (beats.state === "loading" || (beats.state === "here" && measured.state === "loading")) return <div class="rr" />;
  if (!intervals || intervals.length === 0) return null;
  const { duration } = frame;
  return (
    <div class="rr">
      <Chart
        says={`RR intervals over time: ${describeIntervals(intervals.map((interval) => interval.duration))}`}
        of={[intervals]}
        draw={(pen) => drawIntervals(pen, intervals, duration)}
        onPick={(x) => insights.goTo(x * duration)}
      />
    </div>
  );
}
