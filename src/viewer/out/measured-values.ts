import type { Insights } from "../insights/read-insights.ts";

/** A value that was measured; null where it is not known, and `why`. `of` is how many beats or intervals it is of. */
export type MeasuredValue = {
  group: string;
  name: string;
  value: number | null;
  unit: string;
  of: number | null;
  why: string;
};

/** All single values that were measured in an ECG, in the order in which they are read. */
export function listValues(insights: Insights): MeasuredValue[] {
  const { beats, heart_rate: rate, intervals, axis, variability, reasons } = insights;
  const add =
    (group: string, why: string | undefined) =>
    (name: string, value: number | null | undefined, unit: string, of?: number): MeasuredValue => ({
      group,
      name,
      value: value ?? null,
      unit,
      of: of ?? null,
      why: value == null ? (why ?? "") : "",
    });
  const [inRate, inBeats, inIntervals] = [
    add("rate", reasons.heart_rate),
    add("beats", reasons.beats),
    add("intervals", reasons.intervals),
  ];
  const [inAxes, inVariability] = [add("axes", reasons.axis), add("variability", reasons.variability)];
  const { counts, qtc } = intervals ?? {};
  const irregular = insights.irregular_rhythm.reduce((sum, { start, end }) => sum + end - start, 0);
  return [
    inRate("heart rate", rate?.mean, "bpm"),
    inRate("slowest 10 s", rate?.minimum?.value, "bpm"),
    inRate("fastest 10 s", rate?.maximum?.value, "bpm"),
    add("rate", reasons.irregular_rhythm)("irregular", reasons.irregular_rhythm ? null : irregular, "s"),
    inRate("pauses", insights.pauses.length, ""),
    inBeats("all", beats.count, ""),
    inBeats("normal", beats.normal, ""),
    inBeats("supraventricular", beats.supraventricular, ""),
    inBeats("ventricular", beats.ventricular, ""),
    inBeats("unclassified", beats.unclassified, ""),
    inIntervals("RR", intervals?.rr, "ms"),
    inIntervals("P", intervals?.p, "ms", counts?.p),
    inIntervals("PR", intervals?.pr, "ms", counts?.pr),
    inIntervals("QRS", intervals?.qrs, "ms", counts?.qrs),
    inIntervals("QT", intervals?.qt, "ms", counts?.qt),
    inIntervals("QTc Fridericia", qtc?.fridericia, "ms", counts?.qt),
    inIntervals("QTc Bazett", qtc?.bazett, "ms", counts?.qt),
    inIntervals("QTc Framingham", qtc?.framingham, "ms", counts?.qt),
    inIntervals("QTc Hodges", qtc?.hodges, "ms", counts?.qt),
    inAxes("P", axis?.p, "°"),
    inAxes("QRS", axis?.qrs, "°"),
    inAxes("T", axis?.t, "°"),
    inVariability("SDNN", variability?.sdnn, "ms", variability?.intervals),
    inVariability("RMSSD", variability?.rmssd, "ms", variability?.intervals),
    inVariability("pNN50", variability?.pnn50, "%", variability?.intervals),
    inVariability("SDANN", variability?.sdann, "ms"),
    inVariability("LF", variability?.lf, "ms²", variability?.segments),
    inVariability("HF", variability?.hf, "ms²", variability?.segments),
    ...insights.leads.flatMap(({ name, normal_beat: beat }) => {
      const inLead = add(`lead ${name}`, reasons.normal_beat);
      const heights = (["q", "r", "s", "t"] as const).map((wave) =>
        inLead(wave.toUpperCase(), beat?.[wave], "mV", beat?.beats),
      );
      return [
        ...heights,
        ...(["j", "j40", "j60", "j80"] as const).map((at) =>
          inLead(`ST ${at.toUpperCase()}`, beat?.st[at], "mV", beat?.beats),
        ),
      ];
    }),
  ];
}
