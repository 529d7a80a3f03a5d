/** Takes the samples of one lead as they come, and gives them on in windows of equal duration. */
export type SampleWindows = {
  push: (samples: Int32Array) => void;
  /** Gives on the samples of the window that is not yet whole; the next window begins with what comes then. */
  finish: () => void;
};

/**
 * Cuts the samples of a lead into windows. A window is the samples whose time, `i / samplingRate`, lies in it, so that all
 * windows together are all samples at any rate. A rate below one sample a window leaves some of them empty: these are not
 * given.
 *
 * @param onWindow is given a view that is only valid during the call, and the number of the window
 */
export function newSampleWindows(
  samplingRate: number,
  windowSeconds: number,
  onWindow: (samples: Int32Array, index: number) => void,
): SampleWindows {
  const startOf = (index: number) => Math.ceil(index * windowSeconds * samplingRate);
  let buffer = new Int32Array(0);
  let held = 0;
  let position = 0;
  let index = 0;

  function give(samples: Int32Array) {
    if (samples.length > 0) onWindow(samples, index);
    index++;
  }

  return {
    push(samples) {
      let from = 0;
      while (from < samples.length) {
        const end = startOf(index + 1);
        const wanted = end - position;
        const part = samples.subarray(from, from + wanted);
        if (held === 0 && part.length === wanted) give(part);
        else {
          if (buffer.length < held + part.length) {
            const wider = new Int32Array(Math.max(2 * buffer.length, held + part.length));
            wider.set(buffer.subarray(0, held));
            buffer = wider;
          }
          buffer.set(part, held);
          held += part.length;
          if (part.length === wanted) {
            const whole = buffer.subarray(0, held);
            held = 0;
            give(whole);
          }
        }
        position += part.length;
        from += part.length;
      }
    },
    finish() {
      if (held > 0) give(buffer.subarray(0, held));
      held = 0;
    },
  };
}
