/**
 * Compares candidates in doubt with the sum of the shapes of sure beats: see doubtful-candidates.ts of the beats. Products of points are
 * integers, and so are their sums.
 */

/** The points of a shape. */
const POINTS: i32 = 32;
/** The points of a shape that are compared with a template, as they are and up to SHIFT early and late. */
const COMPARED_FROM: i32 = 4;
const COMPARED: i32 = 23;
const SHIFT: i32 = 3;

/** The shape and its slopes as int16, and those points of the template and its slopes that are compared, with a zero behind them. */
const SHAPE: usize = memory.data(2 * POINTS, 16);
const SLOPES: usize = memory.data(2 * POINTS, 16);
const TEMPLATE: usize = memory.data(2 * (COMPARED + 1), 16);
const TEMPLATE_SLOPES: usize = memory.data(2 * (COMPARED + 1), 16);

/**
 * The correlation of a shape with a template, and of their slopes, each where it is largest.
 *
 * @param shape POINTS bytes with a sign
 * @param template float64, whole numbers: the sum of at most 128 shapes
 * @param found both, float64
 */
export function compareWithTemplate(shape: usize, template: usize, found: usize): void {
  for (let i = 1; i < POINTS; i++) {
    const value = <i32>load<i8>(shape + i);
    store<i16>(SHAPE + (i << 1), <i16>value);
    store<i16>(SLOPES + (i << 1), <i16>(value - <i32>load<i8>(shape + i - 1)));
  }
  let y: f64 = 0;
  let yy: f64 = 0;
  let slopesYY: f64 = 0;
  for (let i = 0; i < COMPARED; i++) {
    const value = load<f64>(template + ((COMPARED_FROM + i) << 3));
    const slope = value - load<f64>(template + ((COMPARED_FROM + i - 1) << 3));
    store<i16>(TEMPLATE + (i << 1), <i16>(<i32>value));
    store<i16>(TEMPLATE_SLOPES + (i << 1), <i16>(<i32>slope));
    y += value;
    yy += value * value;
    slopesYY += slope * slope;
  }
  const count: f64 = COMPARED;
  const ones = i16x8.splat(1);
  let shapes: f64 = -1;
  let slopes: f64 = -1;
  for (let shift = -SHIFT; shift <= SHIFT; shift++) {
    let sums = i32x4.splat(0);
    let squares = i32x4.splat(0);
    let products = i32x4.splat(0);
    let slopeSquares = i32x4.splat(0);
    let slopeProducts = i32x4.splat(0);
    for (let i = 0; i <= COMPARED; i += 8) {
      const at = (COMPARED_FROM + shift + i) << 1;
      // Without the point behind the last that is compared.
      const wanted = i + 8 > COMPARED ? i16x8.replace_lane(i16x8.splat(-1), 7, 0) : i16x8.splat(-1);
      const here = v128.and(v128.load(SHAPE + at), wanted);
      const slope = v128.and(v128.load(SLOPES + at), wanted);
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(here, ones));
      squares = i32x4.add(squares, i32x4.dot_i16x8_s(here, here));
      products = i32x4.add(products, i32x4.dot_i16x8_s(here, v128.load(TEMPLATE + (i << 1))));
      slopeSquares = i32x4.add(slopeSquares, i32x4.dot_i16x8_s(slope, slope));
      slopeProducts = i32x4.add(slopeProducts, i32x4.dot_i16x8_s(slope, v128.load(TEMPLATE_SLOPES + (i << 1))));
    }
    const x = sumOf(sums);
    const size = sqrt(max(0, (sumOf(squares) - (x * x) / count) * (yy - (y * y) / count)));
    shapes = max(shapes, (sumOf(products) - (x * y) / count) / (size > 0 ? size : 1));
    const slopeSize = sqrt(sumOf(slopeSquares) * slopesYY);
    slopes = max(slopes, sumOf(slopeProducts) / (slopeSize > 0 ? slopeSize : 1));
  }
  store<f64>(found, shapes);
  store<f64>(found, slopes, 8);
}

/** The sum of four integers. */
function sumOf(four: v128): f64 {
  const two = i32x4.add(four, v128.shuffle<i32>(four, four, 2, 3, 0, 1));
  return <f64>(i32x4.extract_lane(two, 0) + i32x4.extract_lane(two, 1));
}
