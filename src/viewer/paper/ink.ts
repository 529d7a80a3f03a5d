/** The colours of the paper and of what is drawn on it. */
export type Ink = {
  paper: string;
  fine: string;
  coarse: string;
  trace: string;
  faint: string;
  label: string;
  caliper: string;
  /** The colours of beats by their types, each beside its letter; of waves, and of the spikes of a pacemaker. */
  beats: Record<"N" | "S" | "V" | "Q", string>;
  waves: Record<"p" | "qrs" | "t", string>;
  spike: string;
  /** The colours of the place that one has gone to, and of what is not usable. */
  place: string;
  edge: string;
  bad: string;
  hatching: string;
};

const DAY: Ink = {
  paper: "#fffafa",
  fine: "#f8cccc",
  coarse: "#eea5a5",
  trace: "#111",
  faint: "rgb(17 17 17 / 18%)",
  label: "#111",
  caliper: "#1d4ed8",
  beats: { N: "#6b7280", S: "#0a6bc2", V: "#c2410c", Q: "#6b7280" },
  waves: { p: "#2f9e8f", qrs: "#444", t: "#a16207" },
  spike: "#7c3aed",
  place: "rgb(29 78 216 / 7%)",
  edge: "rgb(29 78 216 / 60%)",
  bad: "rgb(107 114 128 / 8%)",
  hatching: "rgb(107 114 128 / 30%)",
};
const NIGHT: Ink = {
  paper: "#101214",
  fine: "#1d2327",
  coarse: "#2f383d",
  trace: "#d7e3e8",
  faint: "rgb(215 227 232 / 18%)",
  label: "#d7e3e8",
  caliper: "#7aa2ff",
  beats: { N: "#9aa3ab", S: "#63aef2", V: "#ff9a6b", Q: "#9aa3ab" },
  waves: { p: "#2f9e8f", qrs: "#b9c2c9", t: "#d6a544" },
  spike: "#b794f6",
  place: "rgb(122 162 255 / 14%)",
  edge: "rgb(122 162 255 / 70%)",
  bad: "rgb(154 163 171 / 10%)",
  hatching: "rgb(154 163 171 / 35%)",
};

/** The colours of the paper by day or by night. */
export function inkOf(isNight: boolean): Ink {
  return isNight ? NIGHT : DAY;
}
