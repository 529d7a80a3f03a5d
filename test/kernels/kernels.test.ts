import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compileKernels } from "../../src/cli/compile-kernels.ts";
import { bytesOf, keep, LastingRoom, withRoom } from "../../src/kernels/kernels.ts";

it("the compiled kernels are those of the sources", async () => {
  for (const [name, contents] of Object.entries(await compileKernels()))
    expect(Buffer.from(contents), name).toEqual(readFileSync(`src/kernels/${name}`));
});

it("no two files export one name, of which the compiler would take either", () => {
  const files = readdirSync("src/kernels/assembly").filter((name) => name !== "index.ts");
  const names = files.flatMap((file) => {
    const text = readFileSync(`src/kernels/assembly/${file}`, "utf8");
    return Array.from(text.matchAll(/^export (?:function|const) (\w+)/gm), ([, name]) => name);
  });
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

it("arrays of a room are aligned, apart, and behind what is kept", () => {
  const kept = keep(Int32Array.of(1, 2, 3));
  withRoom(64, (room) => {
    const [first, second, third] = [room.bytes(5), room.ints(4), room.doubles(2)];
    expect([first, second, third].map(({ byteOffset }) => byteOffset)).toEqual([kept + 16, kept + 32, kept + 48]);
    expect(new Int32Array(second.buffer, kept, 3)).toEqual(Int32Array.of(1, 2, 3));
  });
});

it("what is kept outlasts a memory that grows", () => {
  const kept = keep(Uint8Array.of(7, 8));
  const grown = withRoom(3 << 20, (room) => room.bytes(3 << 20).fill(1).buffer);
  expect(new Uint8Array(grown, kept, 2)).toEqual(Uint8Array.of(7, 8));
  expect(grown.byteLength).toBeGreaterThan(3 << 20);
});

it("a room has no more than was asked for, and no two are open at once", () => {
  withRoom(32, (room) => {
    room.ints(4);
    expect(() => room.ints(5)).toThrow(RangeError);
    expect(() => withRoom(16, () => {})).toThrow("A room is open already");
    expect(() => keep(Uint8Array.of(1))).toThrow("A room is open");
  });
  const thrown = () =>
    withRoom(16, () => {
      throw new Error("in the room");
    });
  expect(thrown).toThrow("in the room");
  expect(withRoom(16, (room) => room.bytes(16).length)).toBe(16);
});

it("what is in a lasting room is there again, whatever has its place in the meantime, and wherever it is then", () => {
  const rooms = [3, 5].map(
    (length) => new LastingRoom((maker) => ({ beside: maker.bytes(1), ints: maker.ints(length) })),
  );
  for (const [i, room] of rooms.entries()) {
    expect(room.use(({ ints }) => [...ints])).toEqual(new Array(3 + 2 * i).fill(0));
    room.use(({ ints }) => ints.fill(7 + i));
  }
  const expectAll = () => {
    for (const [i, room] of rooms.entries())
      expect(room.use(({ ints }) => [...ints])).toEqual(new Array(3 + 2 * i).fill(7 + i));
  };
  expectAll();
  withRoom(64, (room) => room.bytes(64).fill(1));
  expectAll();
  const before = rooms[1].use(({ ints }) => ints.byteOffset);
  keep(Uint8Array.of(9));
  expectAll();
  expect(rooms[1].use(({ ints }) => ints.byteOffset)).toBe(before + 16);
  withRoom(8 << 20, (room) => room.bytes(8 << 20).fill(1));
  expectAll();
});

it("a lasting room that is cleared has zeros, and is not open beside another", () => {
  const room = new LastingRoom((maker) => maker.doubles(2));
  room.use((doubles) => {
    doubles.fill(3);
    expect(() => withRoom(16, () => {})).toThrow("A room is open already");
    expect(() => room.use(() => {})).toThrow("A room is open already");
  });
  room.clear();
  expect(room.use((doubles) => [...doubles.fill(4, 1)])).toEqual([0, 4]);
  withRoom(16, (other) => other.bytes(16).fill(1));
  room.clear();
  expect(room.use((doubles) => [...doubles])).toEqual([0, 0]);
});

it("counts the bytes of arrays", () => {
  expect(bytesOf((maker) => [maker.bytes(1), maker.ints(5), maker.floats(4), maker.doubles(3)])).toBe(
    16 + 32 + 16 + 32,
  );
});
