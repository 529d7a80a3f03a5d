import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
import { takeQuantile } from "../numbers/quantile.ts";
import { SHAPE_POINTS, SHAPE_STEP_SECONDS } from "./beat-shapes.ts";

/** A shape is moved by up to so many points: of one that is moved farther too much is not known. */
const MOST_MOVED = 3;
/** So many beats are compared in one go. */
const TOGETHER = 1000;

/**
 * Finds by how much the R peak of each beat is late beside the other beats of its shape: where a QRS complex has two
 * peaks, of which now the one and now the other is higher, most of its beats say which it is.
 *
 * @param shapes SHAPE_POINTS for each lead of the first beat, then for each lead of the second, and so on
 * @param leadCount the number of leads
 * @returns seconds; 0 for a beat that is like none
 */
export function findShifts(shapes: Int8Array, leadCount: number): Float64Array {
  const length = leadCount * SHAPE_POINTS;
  const count = length > 0 ? shapes.length / length : 0;
  const bytes = new Uint8Array(shapes.buffer, shapes.byteOffset, shapes.byteLength);
  /** The beats of each shape, and by how many points the R peak of each is later than the first one's. */
  const alike: { beats: number[]; shifts: number[] }[] = [];
  const size = kernels.templatesSize(leadCount);
  const most = Math.min(count, TOGETHER);
  withRoom(roomFor(size) + roomFor(most * length) + 2 * roomFor(4 * most), (room) => {
    const templates = room.bytes(size).fill(0);
    const shapesHere = room.bytes(most * length);
    const numbers = room.ints(most);
    const shifts = room.ints(most);
    for (let from = 0; from < count; from += most) {
      const here = Math.min(most, count - from);
      shapesHere.set(bytes.subarray(from * length, (from + here) * length));
      kernels.alignBeats(
        templates.byteOffset,
        leadCount,
        here,
        shapesHere.byteOffset,
        numbers.byteOffset,
        shifts.byteOffset,
      );
      for (let k = 0; k < here; k++) {
        alike[numbers[k]] ??= { beats: [], shifts: [] };
        alike[numbers[k]].beats.push(from + k);
        alike[numbers[k]].shifts.push(shifts[k]);
      }
    }
  });
  const seconds = new Float64Array(count);
  for (const { beats, shifts } of alike) {
    const usual = takeQuantile(new Float64Array(shifts), shifts.length, 0.5);
    for (let i = 0; i < beats.length; i++) seconds[beats[i]] = (shifts[i] - usual) * SHAPE_STEP_SECONDS;
  }
  return seconds;
}

/**
 * Moves the shapes of beats to where their R peaks are beside those of the others of their shape: else they would be of different kinds. Points that are
 * not known are as the nearest.
 *
 * @param shapes SHAPE_POINTS for each lead of the first beat, then for each lead of the second, and so on
 * @param leadCount the number of leads
 * @param shifts by how much the R peak of each beat is late, in seconds
 */
export function moveShapes(shapes: Int8Array, leadCount: number, shifts: Float64Array): void {
  for (let i = 0; i < shifts.length; i++) {
    const late = Math.round(shifts[i] / SHAPE_STEP_SECONDS);
    if (late === 0 || Math.abs(late) > MOST_MOVED) continue;
    for (let lead = 0; lead < leadCount; lead++) {
      const shape = shapes.subarray((i * leadCount + lead) * SHAPE_POINTS, (i * leadCount + lead + 1) * SHAPE_POINTS);
      const edge = shape[late > 0 ? 0 : SHAPE_POINTS - 1];
      shape.copyWithin(Math.max(0, late), Math.max(0, -late), SHAPE_POINTS - Math.max(0, late));
      if (late > 0) shape.fill(edge, 0, late);
      else shape.fill(edge, SHAPE_POINTS + late);
    }
  }
}
