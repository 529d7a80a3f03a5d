/**
 * Tiles: the recording cut into pieces of the same length, once for each level. A tile of level 0 has samples, one of level n has
 * the lowest and highest of every 2^n samples. Tiles begin at multiples of their length, so that the buckets which the API
 * makes of them are whole.
 */
export type TileKey = { level: number; index: number };

/** The numbers that a tile has of all leads together, more or less: some 100 kB of JSON. */
const NUMBERS_PER_TILE = 2 ** 13;
const MAX_POINTS_PER_TILE = 2048;
const MIN_POINTS_PER_TILE = 128;
/** Up to so many samples a pixel samples are shown themselves: buckets of two would be no shorter. */
const MAX_SAMPLES_PER_PIXEL = 4;

/** How many points (samples or buckets) of each lead a tile has: a power of two. */
export function pointsPerTile(leadCount: number): number {
  const points = 2 ** Math.floor(Math.log2(NUMBERS_PER_TILE / leadCount));
  return Math.max(MIN_POINTS_PER_TILE, Math.min(MAX_POINTS_PER_TILE, points));
}

/** The level whose buckets are at most as long as a pixel is. */
export function levelFor(samplesPerPixel: number): number {
  return samplesPerPixel < MAX_SAMPLES_PER_PIXEL ? 0 : Math.floor(Math.log2(samplesPerPixel));
}

/** Samples of the fastest lead in a tile. Samples take twice the points, as they are one number and a bucket is two. */
export function samplesPerTile(level: number, points: number): number {
  return level === 0 ? 2 * points : points * 2 ** level;
}

/**
 * The tiles of a window, in the order of time.
 *
 * @param from seconds
 * @param to seconds
 * @param duration seconds of the whole recording
 * @param rate of the fastest lead, in Hz
 */
export function tilesOf(
  { from, to }: { from: number; to: number },
  level: number,
  { duration, rate, points }: { duration: number; rate: number; points: number },
): TileKey[] {
  const seconds = samplesPerTile(level, points) / rate;
  const last = Math.max(0, Math.ceil(duration / seconds) - 1);
  const [first, end] = [from, to].map((time) => Math.max(0, Math.min(last, Math.floor(time / seconds))));
  if (to <= 0 || from >= duration) return [];
  return Array.from({ length: end - first + 1 }, (_, i) => ({ level, index: first + i }));
}
