import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
import { takeQuantile } from "../numbers/quantile.ts";
import { SHAPE_POINTS, SHAPE_STEP_SECONDS } from "./beat-shapes.ts";

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
