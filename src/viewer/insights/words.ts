import { count, writeDuration, writeNumber } from "../page/words.ts";
import type { BeatType } from "./beats.ts";
import type { EcgEvent, Insights } from "./read-insights.ts";

/** The types of beats in words, which are also the names of their counts in JSON. */
export const BEAT_NAMES: Record<BeatType, string> = {
  N: "normal",
  S: "supraventricular",
  V: "ventricular",
  Q: "unclassified",
};

/** A value in words. What is not known has `—` for a value, and says why. */
type Row = { name: string; value: string; note: string };

const EVENT_NAMES: Record<EcgEvent["kind"], string> = {
  pause: "Pause",
  ventricular_couplet: "Ventricular couplet",
  ventricular_run: "Ventricular run",
  ventricular_bigeminy: "Ventricular bigeminy",
  wide_complex_tachycardia: "Wide complex tachycardia",
  wide_complex_rhythm: "Wide complexes without P waves",
  irregular_rhythm: "Irregular rhythm",
  slowest: "Slowest 10 s",
  fastest: "Fastest 10 s",
  pacing: "Pacing",
  pacing_without_capture: "Pacing without capture",
  pacing_without_sensing: "Pacing without sensing",
  unusable: "No usable lead",
};

/** The faults of a second whose names are not what one would say. */
const FAULT_NAMES: Record<string, string> = { hum: "mains hum", beyond_range: "beyond any heart's range" };

/** A kind of events in words; of one that this page does not know yet its name. */
export function nameEvent(kind: string): string {
  return EVENT_NAMES[kind as EcgEvent["kind"]] ?? kind.replaceAll("_", " ");
}

/** Why a stretch of a lead is not usable; a fault that this page does not know yet by its name. */
export function nameFaults(faults: readonly string[]): string {
  const names = faults.map((fault) => FAULT_NAMES[fault] ?? fault.replaceAll("_", " "));
  return `Not usable: ${names.join(", ")}`;
}

/** What is known of an event beside where it is. */
export function describeEvent({ kind, duration, rate, beats, confidence }: EcgEvent): string {
  const isOfTenSeconds = kind === "slowest" || kind === "fastest";
  return [
    isOfTenSeconds ? "" : writeDuration(duration),
    beats === null ? "" : count(beats, "beat"),
    rate === null ? "" : `${writeNumber(Math.round(rate))} bpm`,
    confidence === null ? "" : `confidence ${writeNumber(Math.round(confidence * 100))} %`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** The four numbers of the bar. */
export function headlineOf({ heart_rate, intervals, reasons }: Insights): (Row & { unit: string })[] {
  const row = (name: string, unit: string, value: number | null | undefined, known: string, why: string) => ({
    name,
    unit,
    value: value == null ? "—" : whole(value),
    note: value == null ? notJudged(reasons[why]) : known,
  });
  const counts = intervals?.counts;
  const of = (beats = 0) => `the median of ${count(beats, "normal beat")}`;
  return [
    row("HR", "bpm", heart_rate?.mean, "the mean heart rate", "heart_rate"),
    row("PR", "ms", intervals?.pr, of(counts?.pr), "intervals"),
    row("QRS", "ms", intervals?.qrs, of(counts?.qrs), "intervals"),
    row("QTc", "ms", intervals?.qtc?.fridericia, `by Fridericia's formula, ${of(counts?.qt)}`, "intervals"),
  ];
}

/** What was measured, in groups. */
export function measuresOf(insights: Insights): { name: string; method: string | undefined; rows: Row[] }[] {
  const {
    beats,
    heart_rate: rate,
    intervals,
    axis,
    variability,
    irregular_rhythm,
    pauses,
    methods,
    reasons,
  } = insights;
  const row = (name: string, value: number | null | undefined, unit: string, note: string, why?: string): Row => ({
    name,
    value: value == null ? "—" : `${unit === "bpm" ? whole(value) : writeNumber(Math.round(value * 10) / 10)} ${unit}`,
    note: value == null ? notJudged(why) : note,
  });
  const why = (name: string, nested?: Record<string, string>, key = name) => nested?.[key] ?? reasons[name];
  const { counts, qtc } = intervals ?? {};
  const of = (number = 0) => `median of ${count(number, "beat")}`;
  const no = reasons.intervals;
  const hrv = (key: string) => why("variability", variability?.reasons, key);
  const irregular = irregular_rhythm.reduce((sum, { start, end }) => sum + end - start, 0);
  return [
    {
      name: "Rate and rhythm",
      method: methods.irregular_rhythm,
      rows: [
        row("Heart rate", rate?.mean, "bpm", "mean", reasons.heart_rate),
        row("Slowest", rate?.minimum?.value, "bpm", "10 s", reasons.heart_rate),
        row("Fastest", rate?.maximum?.value, "bpm", "10 s", reasons.heart_rate),
        {
          name: "Irregular",
          value: irregular > 0 ? writeDuration(irregular) : reasons.irregular_rhythm ? "—" : "none found",
          note: reasons.irregular_rhythm ? notJudged(reasons.irregular_rhythm) : "",
        },
        { name: "Pacing", value: insights.paced ? "spikes seen" : "none seen", note: "" },
        { name: "Pauses", value: writeNumber(pauses.length), note: "over 2 s" },
      ],
    },
    {
      name: "Beats",
      method: [methods.beats, methods.beat_types].filter(Boolean).join("; "),
      rows: [
        { name: "All", value: writeNumber(beats.count), note: reasons.beats ? notJudged(reasons.beats) : "" },
        ...Object.values(BEAT_NAMES).map((name) => ({
          name: capital(name),
          value: writeNumber(beats[name as "normal"]),
          note: "",
        })),
      ],
    },
    {
      name: "Intervals",
      method: methods.delineation,
      rows: [
        row("RR", intervals?.rr, "ms", "median", no),
        row("P", intervals?.p, "ms", of(counts?.p), no),
        row("PR", intervals?.pr, "ms", of(counts?.pr), no),
        row("QRS", intervals?.qrs, "ms", of(counts?.qrs), no),
        row("QT", intervals?.qt, "ms", of(counts?.qt), no),
        row("QTc Fridericia", qtc?.fridericia, "ms", "at the median RR", no),
        row("QTc Bazett", qtc?.bazett, "ms", "at the median RR", no),
        row("QTc Framingham", qtc?.framingham, "ms", "at the median RR", no),
        row("QTc Hodges", qtc?.hodges, "ms", "at the median RR", no),
      ],
    },
    {
      name: "Axes",
      method: undefined,
      rows: (["p", "qrs", "t"] as const).map((wave) =>
        row(wave.toUpperCase(), axis?.[wave], "°", "in the frontal plane", reasons.axis),
      ),
    },
    {
      name: "Variability",
      method: methods.variability,
      rows: [
        row("SDNN", variability?.sdnn, "ms", ofIntervals(variability?.intervals), hrv("sdnn")),
        row("RMSSD", variability?.rmssd, "ms", ofIntervals(variability?.intervals), hrv("rmssd")),
        row("pNN50", variability?.pnn50, "%", ofIntervals(variability?.intervals), hrv("pnn50")),
        row("SDANN", variability?.sdann, "ms", "of 5-minute means", hrv("sdann")),
        row("LF", variability?.lf, "ms²", count(variability?.segments ?? 0, "segment"), hrv("lf")),
        row("HF", variability?.hf, "ms²", count(variability?.segments ?? 0, "segment"), hrv("hf")),
        row("LF / HF", variability?.lf_hf, "", "", hrv("lf_hf")),
      ],
    },
  ];
}

/** The rows of a table of the normal beat's ST segment, in mV. */
export function stOf({ leads, reasons }: Insights) {
  return leads.map(({ name, normal_beat: beat }) => ({
    name,
    values: beat && [beat.st.j, beat.st.j40, beat.st.j60, beat.st.j80].map(signed),
    slope: beat ? signed(beat.st.slope) : "",
    beats: beat ? writeNumber(beat.beats) : "",
    note: beat ? "" : notJudged(reasons.normal_beat),
  }));
}

function ofIntervals(intervals = 0): string {
  return `of ${count(intervals, "normal interval")}`;
}

function notJudged(why: string | undefined): string {
  return why ? `Not judged: ${why}` : "Not judged";
}

/** With its sign, and two decimals. */
function signed(value: number): string {
  const size = Math.abs(value).toFixed(2);
  if (size === "0.00") return size;
  return `${value < 0 ? "−" : "+"}${size}`;
}

function whole(value: number): string {
  return writeNumber(Math.round(value));
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}

/** Intervals in ms in a sentence. */
export function describeIntervals(durations: readonly number[]): string {
  if (durations.length === 0) return "no intervals";
  const sorted = Float64Array.from(durations).sort();
  const [shortest, median, longest] = [0, sorted.length >> 1, sorted.length - 1].map((i) => whole(sorted[i]));
  return `${count(durations.length, "interval")}, ${shortest} to ${longest} ms, median ${median} ms`;
}
