/** A value doubles over this many bins, so that a quantile is right to about 1 %. */
const BINS_PER_OCTAVE = 64;
/** The lowest bin begins at 2 to this power. */
const LEAST_EXPONENT = -24;
/** The bins reach over this many doublings: to 2^40. */
const OCTAVES = 64;

/** Counts positive numbers by size, so that their quantiles need a bounded memory, however many there are. */
type LogHistogram = {
  add: (value: number) => void;
  /** The value that this share of the others, 0 to 1, is below; null while there is none. */
  quantile: (share: number) => number | null;
};

/** Makes a histogram without values yet. A value that is 0 or below counts as 0. */
export function newLogHistogram(): LogHistogram {
  /** The bins of each octave that has any. */
  const octaves: number[][] = [];
  let zeros = 0;
  let count = 0;
  return {
    add(value) {
      count++;
      if (value <= 0) zeros++;
      else {
        const nearest = Math.floor((Math.log2(value) - LEAST_EXPONENT) * BINS_PER_OCTAVE);
        const bin = Math.min(BINS_PER_OCTAVE * OCTAVES - 1, Math.max(0, nearest));
        const octave = Math.floor(bin / BINS_PER_OCTAVE);
        octaves[octave] ??= new Array<number>(BINS_PER_OCTAVE).fill(0);
        octaves[octave][bin % BINS_PER_OCTAVE]++;
      }
    },
    quantile(share) {
      if (count === 0) return null;
      const rank = share * (count - 1);
      let below = zeros;
      if (rank < below) return 0;
      for (let octave = 0; octave < octaves.length; octave++) {
        const bins = octaves[octave] ?? [];
        for (let bin = 0; bin < bins.length; bin++) {
          below += bins[bin];
          // The middle of the bin.
          if (rank < below) return 2 ** (octave + (bin + 0.5) / BINS_PER_OCTAVE + LEAST_EXPONENT);
        }
      }
      return 2 ** (LEAST_EXPONENT + OCTAVES);
    },
  };
}
