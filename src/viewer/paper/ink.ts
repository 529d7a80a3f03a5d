/** The colours of the paper and of what is drawn on it. */
export type Ink = {
  paper: string;
  fine: string;
  coarse: string;
  trace: string;
  faint: string;
  label: string;
  caliper: string;
};

const DAY: Ink = {
  paper: "#fffafa",
  fine: "#f8cccc",
  coarse: "#eea5a5",
  trace: "#111",
  faint: "rgb(17 17 17 / 18%)",
  label: "#111",
  caliper: "#1d4ed8",
};
const NIGHT: Ink = {
  paper: "#101214",
  fine: "#1d2327",
  coarse: "#2f383d",
  trace: "#d7e3e8",
  faint: "rgb(215 227 232 / 18%)",
  label: "#d7e3e8",
  caliper: "#7aa2ff",
};

/** The colours of the paper by day or by night. */
export function inkOf(isNight: boolean): Ink {
  return isNight ? NIGHT : DAY;
}
