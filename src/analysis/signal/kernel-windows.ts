import { type Room, roomFor, withRoom } from "../../kernels/kernels.ts";
import { newSampleWindows, type SampleWindows } from "./sample-windows.ts";

/** A window in the kernels' memory, valid during a call: the first `count` of `samples`, which may be changed, and arrays beside them. */
export type KernelWindow<Beside> = { samples: Int32Array; count: number; index: number; beside: Beside };

/**
 * Cuts the samples of a lead into windows as `newSampleWindows` does, and gives each on in the kernels' memory.
 *
 * @param besideBytes what is needed there beside a window
 * @param prepare makes arrays of these bytes: windows that are given on one after the other have the same
 */
export function newKernelWindows<Beside>(
  samplingRate: number,
  windowSeconds: number,
  besideBytes: number,
  prepare: (room: Room) => Beside,
  onWindow: (window: KernelWindow<Beside>) => void,
): SampleWindows {
  /** A window has no more samples than this, nor more than there are. */
  const most = Math.ceil(windowSeconds * samplingRate);
  let pushed = 0;
  let window: KernelWindow<Beside> | undefined;

  const windows = newSampleWindows(samplingRate, windowSeconds, (samples, index) => {
    if (!window) return;
    window.samples.set(samples);
    window.count = samples.length;
    window.index = index;
    onWindow(window);
  });

  function inRoom(give: () => void): void {
    const length = Math.min(most, pushed);
    withRoom(roomFor(Int32Array.BYTES_PER_ELEMENT * length) + besideBytes, (room) => {
      window = { samples: room.ints(length), count: 0, index: 0, beside: prepare(room) };
      try {
        give();
      } finally {
        window = undefined;
      }
    });
  }

  return {
    push(samples) {
      pushed += samples.length;
      inRoom(() => windows.push(samples));
    },
    finish: () => inRoom(windows.finish),
  };
}

/** Gives all of some samples on as one window. */
export function giveInKernels<Beside>(
  samples: Int32Array,
  besideBytes: number,
  prepare: (room: Room) => Beside,
  onWindow: (window: KernelWindow<Beside>) => void,
): void {
  withRoom(roomFor(samples.byteLength) + besideBytes, (room) => {
    const copy = room.ints(samples.length);
    copy.set(samples);
    onWindow({ samples: copy, count: samples.length, index: 0, beside: prepare(room) });
  });
}
