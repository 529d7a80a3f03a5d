import { Observable } from "./observable.ts";

/** What a reader chose for this browser. Nothing here says who the reader is, or what was read. */
type Preferences = {
  /** Whether the page was left logged in: then it is worth asking whether the cookie still holds. */
  staysLoggedIn: boolean;
  /** Minutes without a touch of keyboard or pointer after which the page logs off. */
  idleMinutes: number;
  /** CSS pixels that a ruler finds in 100 mm of this screen; null where nobody has measured: then paper fits the window. */
  pixelsPer100Mm: number | null;
  /** Whether the paper is dark. */
  nightPaper: boolean;
};

const KEY = "ecg-preferences";
const USUAL: Preferences = { staysLoggedIn: false, idleMinutes: 30, pixelsPer100Mm: null, nightPaper: false };

/** The preferences of this browser. */
export const preferences = new Observable<Preferences>({ ...USUAL, ...load() });

/** Changes preferences, and takes over what another tab has changed. */
export function prefer(changes: Partial<Preferences>): void {
  preferences.set({ ...preferences.value, ...load(), ...changes });
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.value));
  } catch {
    // A browser that keeps nothing: they hold until the page is closed.
  }
}

/** What is kept, as far as it is sound. */
function load(): Partial<Preferences> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return Object.fromEntries(Object.entries(Object(kept)).filter(([name, value]) => isSound(name, value)));
  } catch {
    return {};
  }
}

function isSound(name: string, value: unknown): boolean {
  if (name === "staysLoggedIn" || name === "nightPaper") return typeof value === "boolean";
  if (name === "pixelsPer100Mm" && value === null) return true;
  return (name === "idleMinutes" || name === "pixelsPer100Mm") && typeof value === "number" && value > 0;
}
