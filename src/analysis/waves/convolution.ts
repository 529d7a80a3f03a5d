/*
 * Convolution by minimal filtering: Winograd's, after Toom and Cook (Lavin and Gray, "Fast algorithms for convolutional neural
 * networks", CVPR 2016, pp. 4013-4021). A signal is cut into tiles of eight values that are `dilation` steps apart and overlap by
 * four. A tile and a filter are polynomials: their product is known by its values at eight points. So four results of a filter
 * take eight products in place of twenty; and what brings a tile to the points is done once for all filters.
 */

/** The taps of a filter. */
export const TAPS = 5;
/** The results of a tile. */
const RESULTS = 4;
/** The values of a tile, and the points at which it is evaluated. */
const POINTS = RESULTS + TAPS - 1;
/** Each point but the last, which is at infinity, and the factor of a filter's value there. */
const FILTER_POINTS = [
  { at: 0, factor: 1 },
  { at: 1, factor: -2 / 9 },
  { at: -1, factor: -2 / 9 },
  { at: 2, factor: 1 / 90 },
  { at: -2, factor: 1 / 90 },
  { at: 1 / 2, factor: 32 / 45 },
  { at: -1 / 2, factor: 32 / 45 },
];
/** The largest dilation. */
const MOST_DILATION = 8;
/** The steps of a signal: whole tiles at each dilation, which is a power of two. */
export const LENGTH = 5 * RESULTS * MOST_DILATION;
/** The zeros before and after a signal, as far as a filter sees. */
export const PADDING = ((TAPS - 1) / 2) * MOST_DILATION;
/** The numbers of a signal with its zeros. */
export const STRIDE = PADDING + LENGTH + PADDING;
/** The tiles of a signal. */
const TILES = LENGTH / RESULTS;

/** Outputs are summed up in blocks of this many, ... */
const OUTPUT_BLOCK = 4;
/** ... of this many inputs. */
const INPUT_BLOCK = 8;

/** Filters at the points: by point, output and input. */
export type Filters = { inputs: number; outputs: number; values: Float64Array };

/** So many signals of zeros, one after the other. */
export function newSignals(count: number): Float64Array {
  return new Float64Array(count * STRIDE);
}

/** Room for the tiles of so many signals at the points: by point, signal and tile. */
export function newTiles(count: number): Float64Array {
  return new Float64Array(POINTS * count * TILES);
}

/**
 * Brings filters to the points. They are made as if there were whole blocks of inputs, of which the last are not heard.
 *
 * @param weights by output, input and tap
 * @param outputs a whole number of blocks
 */
export function newFilters(weights: Float64Array, inputs: number, outputs: number): Filters {
  const heard = INPUT_BLOCK * Math.ceil(inputs / INPUT_BLOCK);
  const values = new Float64Array(POINTS * outputs * heard);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      const first = (output * inputs + input) * TAPS;
      const taps = weights.subarray(first, first + TAPS);
      for (const [point, { at, factor }] of FILTER_POINTS.entries()) {
        values[(point * outputs + output) * heard + input] = factor * taps.reduceRight((sum, tap) => sum * at + tap, 0);
      }
      values[((POINTS - 1) * outputs + output) * heard + input] = taps[TAPS - 1];
    }
  }
  return { inputs: heard, outputs, values };
}

/** Brings the tiles of the first `count` signals to the points. Each begins with the last four values of the one before it. */
export function toTiles(signals: Float64Array, count: number, dilation: number, tiles: Float64Array): void {
  const next = count * TILES;
  let tile = 0;
  for (let signal = 0; signal < count; signal++) {
    const begin = signal * STRIDE + PADDING;
    for (let first = begin; first < begin + dilation; first++) {
      let a = signals[first - 2 * dilation];
      let b = signals[first - dilation];
      let c = signals[first];
      let d = signals[first + dilation];
      for (let at = first; at < begin + LENGTH; at += RESULTS * dilation, tile++) {
        const e = signals[at + 2 * dilation];
        const f = signals[at + 3 * dilation];
        const g = signals[at + 4 * dilation];
        const h = signals[at + 5 * dilation];
        // At 1 and -1, at 2 and -2, at 1/2 and -1/2: the even powers, and the odd ones.
        const even1 = c - 4.25 * e + g;
        const odd1 = b - 4.25 * d + f;
        const even2 = 0.25 * c - 1.25 * e + g;
        const odd2 = 0.5 * b - 2.5 * d + 2 * f;
        const evenHalf = 4 * c - 5 * e + g;
        const oddHalf = 2 * b - 2.5 * d + 0.5 * f;
        tiles[tile] = a - 5.25 * (c - e) - g;
        tiles[tile + next] = even1 + odd1;
        tiles[tile + 2 * next] = even1 - odd1;
        tiles[tile + 3 * next] = even2 + odd2;
        tiles[tile + 4 * next] = even2 - odd2;
        tiles[tile + 5 * next] = evenHalf + oddHalf;
        tiles[tile + 6 * next] = evenHalf - oddHalf;
        tiles[tile + 7 * next] = h - 5.25 * (f - d) - b;
        a = e;
        b = f;
        c = g;
        d = h;
      }
    }
  }
}

/**
 * Adds to the tiles of each output, as they are at first, those of all inputs, times their filters. Four outputs and eight
 * inputs at a time share the loads and stores, which take longer than the products.
 */
export function addProducts(
  { inputs, outputs, values }: Filters,
  tiles: Float64Array,
  first: Float64Array,
  sums: Float64Array,
): void {
  for (let point = 0; point < POINTS; point++) {
    for (let output = 0; output < outputs; output += OUTPUT_BLOCK) {
      for (let input = 0; input < inputs; input += INPUT_BLOCK) {
        const a = (point * outputs + output) * inputs + input;
        const a0 = values[a];
        const a1 = values[a + 1];
        const a2 = values[a + 2];
        const a3 = values[a + 3];
        const a4 = values[a + 4];
        const a5 = values[a + 5];
        const a6 = values[a + 6];
        const a7 = values[a + 7];
        const b = a + inputs;
        const b0 = values[b];
        const b1 = values[b + 1];
        const b2 = values[b + 2];
        const b3 = values[b + 3];
        const b4 = values[b + 4];
        const b5 = values[b + 5];
        const b6 = values[b + 6];
        const b7 = values[b + 7];
        const c = b + inputs;
        const c0 = values[c];
        const c1 = values[c + 1];
        const c2 = values[c + 2];
        const c3 = values[c + 3];
        const c4 = values[c + 4];
        const c5 = values[c + 5];
        const c6 = values[c + 6];
        const c7 = values[c + 7];
        const d = c + inputs;
        const d0 = values[d];
        const d1 = values[d + 1];
        const d2 = values[d + 2];
        const d3 = values[d + 3];
        const d4 = values[d + 4];
        const d5 = values[d + 5];
        const d6 = values[d + 6];
        const d7 = values[d + 7];
        const before = input === 0 ? first : sums;
        let from = (point * inputs + input) * TILES;
        let to = (point * outputs + output) * TILES;
        for (const end = from + TILES; from < end; from++, to++) {
          const s = tiles[from];
          const t = tiles[from + TILES];
          const u = tiles[from + 2 * TILES];
          const v = tiles[from + 3 * TILES];
          const w = tiles[from + 4 * TILES];
          const x = tiles[from + 5 * TILES];
          const y = tiles[from + 6 * TILES];
          const z = tiles[from + 7 * TILES];
          sums[to] = before[to] + (s * a0 + t * a1 + u * a2 + v * a3) + (w * a4 + x * a5 + y * a6 + z * a7);
          sums[to + TILES] =
            before[to + TILES] + (s * b0 + t * b1 + u * b2 + v * b3) + (w * b4 + x * b5 + y * b6 + z * b7);
          sums[to + 2 * TILES] =
            before[to + 2 * TILES] + (s * c0 + t * c1 + u * c2 + v * c3) + (w * c4 + x * c5 + y * c6 + z * c7);
          sums[to + 3 * TILES] =
            before[to + 3 * TILES] + (s * d0 + t * d1 + u * d2 + v * d3) + (w * d4 + x * d5 + y * d6 + z * d7);
        }
      }
    }
  }
}

/** Brings the tiles of so many signals back from the points. */
export function fromTiles(tiles: Float64Array, count: number, dilation: number, signals: Float64Array): void {
  const next = count * TILES;
  let tile = 0;
  for (let signal = 0; signal < count; signal++) {
    const begin = signal * STRIDE + PADDING;
    for (let first = begin; first < begin + dilation; first++) {
      for (let at = first; at < begin + LENGTH; at += RESULTS * dilation, tile++) {
        const plus1 = tiles[tile + next];
        const minus1 = tiles[tile + 2 * next];
        const plus2 = tiles[tile + 3 * next];
        const minus2 = tiles[tile + 4 * next];
        const plusHalf = tiles[tile + 5 * next];
        const minusHalf = tiles[tile + 6 * next];
        const even1 = plus1 + minus1;
        const odd1 = plus1 - minus1;
        const even2 = plus2 + minus2;
        const odd2 = plus2 - minus2;
        const evenHalf = plusHalf + minusHalf;
        const oddHalf = plusHalf - minusHalf;
        signals[at] = tiles[tile] + even1 + even2 + evenHalf;
        signals[at + dilation] = odd1 + 2 * odd2 + 0.5 * oddHalf;
        signals[at + 2 * dilation] = even1 + 4 * even2 + 0.25 * evenHalf;
        signals[at + 3 * dilation] = odd1 + 8 * odd2 + 0.125 * oddHalf + tiles[tile + 7 * next];
      }
    }
  }
}
