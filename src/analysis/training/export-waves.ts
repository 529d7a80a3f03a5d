/**
 * Writes what `train_waves.py` is trained on: records of LUDB as the analysis sees them, a line of JSON each.
 * Usage: node src/analysis/training/export-waves.ts --ludb FOLDER [--records 1-60] > waves.jsonl
 */
import { parseArgs } from "node:util";
import { type LudbRecord, type Marks, readLudb } from "../../../test/bench/ludb.ts";
import { measureLeads } from "../../../test/support/measure-leads.ts";
import { alignBeats, GRID_RATE_HZ } from "../waves/average-beats.ts";
import { POINTS } from "../waves/wave-model.ts";

/** A P wave's points are the last before its R peak, a T wave's the first after it, within so many seconds. */
const REACH_SECONDS = { pOnset: 0.44, pPeak: 0.4, pEnd: 0.36, tOnset: 0.4, tPeak: 0.56, tEnd: 0.68 };
/** The tolerance within which a beat that was found is one that is marked. */
const QRS_REACH_SECONDS = 0.15;

/** The time of the mark of a point that belongs to the beat at `rPeak`, if it has one. */
function findMark(point: (typeof POINTS)[number], times: readonly number[], rPeak: number): number | undefined {
  if (point === "qrsOnset" || point === "qrsEnd") {
    return times
      .filter((time) => Math.abs(time - rPeak) < QRS_REACH_SECONDS && time < rPeak === (point === "qrsOnset"))
      .at(point === "qrsOnset" ? -1 : 0);
  }
  const isBefore = point.startsWith("p");
  return times
    .filter((time) => time < rPeak === isBefore && Math.abs(time - rPeak) < REACH_SECONDS[point])
    .at(isBefore ? -1 : 0);
}

/** Per beat and point the mark, in grid samples from where the beat was aligned; null without one, or without a QRS complex. */
function toTargets(marks: Marks, beats: Float64Array, centres: Int32Array): (number | null)[][] {
  return Array.from(beats, (rPeak, b) => {
    const isMarked = marks.rPeak.some((time) => Math.abs(time - rPeak) < QRS_REACH_SECONDS);
    return POINTS.map((point) => {
      const time = isMarked ? findMark(point, marks[point], rPeak) : undefined;
      return time === undefined ? null : Number((time * GRID_RATE_HZ - centres[b]).toFixed(2));
    });
  });
}

async function exportRecord({ name, leads, marks }: LudbRecord): Promise<string> {
  const { times } = (await measureLeads(leads)).beats;
  const { grids, centres, kindOf } = alignBeats(leads, times);
  return JSON.stringify({
    record: Number(name),
    grids: grids.map((grid) => Buffer.from(grid.slice().buffer).toString("base64")),
    centres: Array.from(centres),
    kinds: Array.from(kindOf),
    isMarked: marks.map((own) =>
      Array.from(times, (rPeak) => own.rPeak.some((time) => Math.abs(time - rPeak) < QRS_REACH_SECONDS)),
    ),
    marks: marks.map((own) => toTargets(own, times, centres)),
  });
}

const { values } = parseArgs({ options: { ludb: { type: "string" }, records: { type: "string", default: "1-60" } } });
for (const record of await readLudb(values.ludb ?? "", values.records)) console.log(await exportRecord(record));
