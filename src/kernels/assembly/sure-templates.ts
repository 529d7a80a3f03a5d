/** Compares the slopes of waves with those of sure beats: see sure-templates.ts of the beats. All numbers but shapes are float64. */

/** The points of a shape, and the largest. */
const POINTS: i32 = 32;
const LARGEST: f64 = 127;
/** The slopes that are compared, those of a QRS complex. */
const COMPARED_FROM: i32 = 7;
const COMPARED: i32 = 16;
/** They are shifted by no more than this many points: all that is compared is in the shape. */
const MOST_SHIFT: i32 = 6;

/** The sums of the slopes of a wave up to each, and of their squares; and its products with a template at each shift, and one more. */
const SUMS: usize = memory.data(8 * POINTS, 16);
const SQUARES: usize = memory.data(8 * POINTS, 16);
const PRODUCTS: usize = memory.data(8 * 2 * (MOST_SHIFT + 1), 16);

/**
 * Compares a wave with templates in each lead, shifted to where they are most alike.
 *
 * @param shape POINTS bytes with a sign a lead
 * @param scales float32: what LARGEST stands for in each lead
 * @param templates the level slopes of each, POINTS a lead
 * @param reach the wave is shifted by up to so many points
 * @param slopes what is found: those of the wave, POINTS a lead, of which the first is left as it is
 * @param fits for each template, and in it for each lead: the likeness, the size of the wave in the template, what is left without it, the shift
 */
export function compareSlopes(
  shape: usize,
  scales: usize,
  leadCount: i32,
  templates: usize,
  templateCount: i32,
  reach: i32,
  slopes: usize,
  fits: usize,
): void {
  const most = min(MOST_SHIFT, reach);
  for (let lead = 0; lead < leadCount; lead++) {
    const ofLead = slopes + <usize>((lead * POINTS) << 3);
    readSlopes(shape + <usize>(lead * POINTS), <f64>load<f32>(scales + (lead << 2)) / LARGEST, ofLead);
    for (let t = 0; t < templateCount; t++) {
      const number = t * leadCount + lead;
      compare(ofLead, templates + <usize>((number * POINTS) << 3), most, fits + <usize>(number << 5));
    }
  }
}

function readSlopes(shape: usize, scale: f64, slopes: usize): void {
  let sum: f64 = 0;
  let square: f64 = 0;
  for (let p = 1; p < POINTS; p++) {
    const slope = scale * <f64>(<i32>load<i8>(shape + p) - <i32>load<i8>(shape + p - 1));
    sum += slope;
    square += slope * slope;
    store<f64>(slopes + (p << 3), slope);
    store<f64>(SUMS + (p << 3), sum);
    store<f64>(SQUARES + (p << 3), square);
  }
}

function compare(slopes: usize, template: usize, reach: i32, fit: usize): void {
  const first = template + (COMPARED_FROM << 3);
  let ofTemplate: f64 = 0;
  for (let p = 0; p < COMPARED << 3; p += 8) ofTemplate += load<f64>(first + p) * load<f64>(first + p);
  // Two shifts at a time: each has its own sum.
  for (let i = 0; i <= 2 * reach; i += 2) {
    const here = slopes + ((COMPARED_FROM - reach + i) << 3);
    let products = f64x2.splat(0);
    for (let p = 0; p < COMPARED << 3; p += 8) {
      products = f64x2.add(products, f64x2.mul(v128.load(here + p), v128.load64_splat(first + p)));
    }
    v128.store(PRODUCTS + (i << 3), products);
  }
  let most: f64 = -Infinity;
  for (let i = 0; i <= 2 * reach; i++) {
    const ofBoth = load<f64>(PRODUCTS + (i << 3));
    const before = (COMPARED_FROM - reach + i - 1) << 3;
    const last = before + (COMPARED << 3);
    const net = load<f64>(SUMS + last) - load<f64>(SUMS + before);
    const squares = load<f64>(SQUARES + last) - load<f64>(SQUARES + before);
    const ofWave = max(0, squares - (net * net) / <f64>COMPARED);
    const size = sqrt(ofWave * ofTemplate);
    const likeness = ofBoth / (size > 0 ? size : 1);
    if (likeness <= most) continue;
    most = likeness;
    const scale: f64 = ofTemplate > 0 ? ofTemplate : 1;
    store<f64>(fit, likeness);
    store<f64>(fit, ofBoth / scale, 8);
    store<f64>(fit, max(0, ofWave - 2 * ofBoth + ofTemplate) / scale, 16);
    store<f64>(fit, <f64>(i - reach), 24);
  }
}
