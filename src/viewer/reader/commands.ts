import { GAINS, type LayoutName, SPEEDS } from "../page/address.ts";
import { centreOn, pan, step, zoom } from "./moves.ts";
import type { Reading } from "./reading.ts";

/**
 * Something that a key does. `keys` are as `KeyboardEvent.key` has them, `S-` before those that go with Shift. A command that is
 * not on leaves its keys to those behind it, and to the browser.
 */
export type Command = { keys: readonly string[]; says: string; isOn?: () => boolean; run: (key: string) => void };

/** What opens the dialogs of a place with a paper. */
export type Asks = {
  goToTime: () => void;
  filters: () => void;
  keys: () => void;
  /** The commands for one ECG alone. */
  options?: () => void;
  exports?: () => void;
  /** Not of an ECG that is shared: its key opens no other. */
  compare?: () => void;
};

/** Of a window, how much an arrow goes. */
const STEP = 0.2;
const ZOOM = 1.5;

/** The keys of the reader, and `more` of what is seen beside the paper. */
export function commandsOf(reading: Reading, asks: Asks, more: readonly Command[] = []): Command[] {
  const move: Reading["move"] = (rule) => {
    reading.move(rule);
    reading.tell();
  };
  const change: Reading["change"] = (changes) => {
    reading.change(changes);
    reading.tell();
  };
  const go = (windows: number) => move((view, frame) => pan(view, frame, windows * frame.seconds));
  const scale = (factor: number) =>
    move((view, frame) => zoom(view, frame, factor, frame.time + frame.lineSeconds / 2));
  const gain = (by: 1 | -1) => {
    const { gain, chestGain } = reading.view.value;
    change({ gain: step(GAINS, gain, by), chestGain: chestGain && step(GAINS, chestGain, by) });
  };
  const layout = (name: LayoutName) => change({ layout: name });
  return [
    { keys: ["ArrowRight"], says: "A fifth of the window on", run: () => go(STEP) },
    { keys: ["ArrowLeft"], says: "A fifth of the window back", run: () => go(-STEP) },
    { keys: ["S-ArrowRight", "PageDown"], says: "A window on", run: () => go(1) },
    { keys: ["S-ArrowLeft", "PageUp"], says: "A window back", run: () => go(-1) },
    { keys: ["Home"], says: "To the beginning", run: () => change({ time: 0 }) },
    {
      keys: ["End"],
      says: "To the end",
      run: () => move((view, frame) => centreOn(view, frame, frame.duration)),
    },
    { keys: ["ArrowUp"], says: "Higher gain", run: () => gain(1) },
    { keys: ["ArrowDown"], says: "Lower gain", run: () => gain(-1) },
    { keys: ["+", "="], says: "Zoom in", run: () => scale(1 / ZOOM) },
    { keys: ["-"], says: "Zoom out", run: () => scale(ZOOM) },
    { keys: ["0"], says: "The paper's own speed", run: () => change({ seconds: null }) },
    {
      keys: ["s"],
      says: "Next speed of the paper",
      run: () => {
        const { speed } = reading.view.value;
        const next = step(SPEEDS, speed, 1);
        change({ seconds: null, speed: next === speed ? SPEEDS[0] : next });
      },
    },
    { keys: ["g"], says: "Go to a time", run: asks.goToTime },
    { keys: ["1"], says: "3 x 4 with a rhythm strip", run: () => layout("3x4r") },
    { keys: ["2"], says: "6 x 2", run: () => layout("6x2") },
    { keys: ["3"], says: "12 x 1", run: () => layout("12x1") },
    { keys: ["4"], says: "One lead", run: () => layout("one") },
    ...optional("v", "Leads, order, rhythm and size", asks.options),
    { keys: ["f"], says: "Filters", run: asks.filters },
    ...optional("d", "Compare with another ECG of the subject", asks.compare),
    ...optional("e", "Export", asks.exports),
    ...more,
    { keys: ["?"], says: "These keys", run: asks.keys },
  ];
}

function optional(key: string, says: string, run: (() => void) | undefined): Command[] {
  return run ? [{ keys: [key], says, run }] : [];
}

/** Runs what a key does; not while somebody types, or chooses. @returns what ends it */
export function listenToKeys(listCommands: () => readonly Command[]): () => void {
  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest("input, textarea, select, dialog")) return;
    const isShifted = event.shiftKey && event.key.length > 1;
    const key = `${isShifted ? "S-" : ""}${event.key}`;
    const command = listCommands().find(({ keys, isOn }) => keys.includes(key) && (isOn?.() ?? true));
    if (!command) return;
    event.preventDefault();
    command.run(key);
  };
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}
