import { expect, it } from "vitest";
import { crc32 } from "../../src/crc32.ts";
import { kernels } from "../../src/kernels/kernels.ts";

const { tableOf, lowBits, meanMagnitude, reach, decodingEntry } = kernels;
/** How many classes residuals have, and how many tables of 1024 states the classes and the steps between them. */
const CLASSES = 38;
const TABLES = 13;
const STATES = 1024;

it("has the tables by which every stored chunk is read", () => {
  const bytes = new DataView(new ArrayBuffer(4 * TABLES * STATES));
  for (let i = 0; i < TABLES * STATES; i++) bytes.setInt32(4 * i, decodingEntry(Math.floor(i / STATES), i % STATES));
  expect(crc32(new Uint8Array(bytes.buffer)).toString(16)).toBe("aba2d7c");
});

it("has 38 classes, of which the coarse ones share two tables and send more and more low bits", () => {
  const classes = Array.from({ length: CLASSES }, (_, residualClass) => [
    tableOf(residualClass),
    lowBits(residualClass),
  ]);
  const fine = Array.from({ length: 10 }, (_, table) => [table, 0]);
  const coarse = Array.from({ length: 28 }, (_, i) => [10 + (i % 2), 1 + Math.floor(i / 2)]);
  expect(classes).toEqual([...fine, ...coarse]);
});

it("has classes that are meant for residuals of these magnitudes", () => {
  // In 1024ths: the mean of a table's 1024 states.
  const fine = [0, 88, 174, 322, 504, 736, 1052, 1460, 2076, 2924, 4196, 5888];
  const reaches = [0, 1, 2, 3, 3, 4, 6, 8, 10, 14, 20, 28];
  // Every coarse class has double those of the class two before it.
  const doubled = (first: number[]) =>
    Array.from({ length: CLASSES }, (_, i) => first[i] ?? first[10 + (i % 2)] * 2 ** ((i - 10) >> 1));
  const classes = Array.from({ length: CLASSES }, (_, residualClass) => residualClass);
  expect(classes.map((residualClass) => 1024 * meanMagnitude(residualClass))).toEqual(doubled(fine));
  expect(classes.map(reach)).toEqual(doubled(reaches));
});
