import { MAX_SAMPLE, MISSING } from "../../recording/recording.ts";
import { FormatError } from "../format.ts";

/** The numbers of the columns that are kept, and where packets are missing between them. */
type Rows = {
  samples: Int32Array[];
  /** Packets that were lost, and the places where they were. */
  lostPackets: number;
  lostPlaces: number;
  /** The places where the number of a packet neither goes on nor says how many are missing. */
  unclearPlaces: number;
  /** Whether the file ends within a row, which is left out. */
  isCutOff: boolean;
};

/** The column of the number of a packet, and the bits of it: null when they are not known. */
type PacketNumber = { column: number; bits: number | null };
/** A place in the file, and the last number that was read. */
type Cursor = { at: number; value: number };
type Gap = { row: number; packets: number };

const [LF, POINT, ZERO, NINE, MINUS, SPACE] = [0x0a, 0x2e, 0x30, 0x39, 0x2d, 0x20];
/** The bits that numbers of packets have in devices that do not say it, in the order in which they are tried. */
const USUAL_BITS = [4, 8, 16, 32];
/** The most places where packets are missing. */
const MAX_GAPS = 100_000;
/** Lost packets may make so many samples, and beyond them as many as there are. */
const FREE_SAMPLES = 1 << 22;
/** The characters that an error shows of what is no number. */
const MAX_SHOWN = 32;

/**
 * Reads rows of whole numbers, separated by tabs. Lost packets become missing samples.
 *
 * @param start the offset of the first row, in bytes
 * @param firstLine the number of its line
 * @param roles of each column: the index of its samples, or -1 for one that is not kept
 */
export function readRows(
  bytes: Uint8Array,
  { start, firstLine }: { start: number; firstLine: number },
  roles: readonly number[],
  packetNumber: PacketNumber | undefined,
): Rows {
  const leadCount = roles.filter((role) => role >= 0).length;
  // A row has a character and a separator for each number at least.
  const most = Math.ceil((bytes.length - start + 1) / (2 * roles.length));
  const rows = Math.min(most, countLines(bytes, start));
  const samples = Array.from({ length: leadCount }, () => new Int32Array(rows));
  const packets = packetNumber ? new Float64Array(rows) : undefined;
  const cursor: Cursor = { at: start, value: 0 };
  let [row, line, isCutOff] = [0, firstLine, false];
  for (; cursor.at < bytes.length; line++) {
    let column = 0;
    for (; cursor.at < bytes.length && bytes[cursor.at] !== LF; ) {
      if (bytes[cursor.at] <= SPACE) {
        cursor.at++;
        continue;
      }
      if (!readInteger(bytes, cursor)) fail(line, `${JSON.stringify(showToken(bytes, cursor.at))} is no whole number`);
      if (column >= roles.length) fail(line, `there are more numbers than the ${roles.length} columns`);
      const role = roles[column];
      if (role >= 0) {
        if (!(Math.abs(cursor.value) <= MAX_SAMPLE)) fail(line, `${cursor.value} does not fit into 32 bits`);
        samples[role][row] = cursor.value;
      }
      if (packets && column === packetNumber?.column) packets[row] = cursor.value;
      column++;
    }
    isCutOff = cursor.at >= bytes.length && column > 0 && column < roles.length;
    if (column > 0 && column < roles.length && !isCutOff)
      fail(line, `there are ${column} numbers, not ${roles.length}: one for each column`);
    if (column === roles.length) row++;
    cursor.at++;
  }
  const whole = samples.map((signal) => signal.subarray(0, row));
  const gaps = packets ? findGaps(packets.subarray(0, row), packetNumber?.bits ?? null) : { lost: [], unclear: 0 };
  const lostPackets = gaps.lost.reduce((sum, { packets }) => sum + packets, 0);
  if (leadCount * lostPackets > FREE_SAMPLES + leadCount * row)
    throw new FormatError("nSeq", `${lostPackets} lost packets of ${lostPackets + row} are too many`);
  return {
    samples: lostPackets > 0 ? whole.map((signal) => putGaps(signal, gaps.lost, lostPackets)) : whole,
    lostPackets,
    lostPlaces: gaps.lost.length,
    unclearPlaces: gaps.unclear,
    isCutOff,
  };
}

function countLines(bytes: Uint8Array, start: number): number {
  let count = 1;
  for (let at = start; at < bytes.length; at++) if (bytes[at] === LF) count++;
  return count;
}

/** Reads the whole number at the cursor, which may have zeros behind a point; false when there is none. */
function readInteger(bytes: Uint8Array, cursor: Cursor): boolean {
  const isNegative = bytes[cursor.at] === MINUS;
  let at = isNegative ? cursor.at + 1 : cursor.at;
  const first = at;
  let value = 0;
  for (; bytes[at] >= ZERO && bytes[at] <= NINE; at++) value = value * 10 + bytes[at] - ZERO;
  if (at === first) return false;
  if (bytes[at] === POINT)
    do at++;
    while (bytes[at] === ZERO);
  if (at < bytes.length && bytes[at] > SPACE) return false;
  cursor.value = isNegative && value !== 0 ? -value : value;
  cursor.at = at;
  return true;
}

function showToken(bytes: Uint8Array, start: number): string {
  const text = String.fromCharCode(...bytes.subarray(start, start + MAX_SHOWN));
  return text.split(/\s/, 1)[0];
}

/**
 * Where packets are missing. Their numbers go up by one, and begin again at 0 when their bits are used up. Where the bits
 * are not known, a number that is lower by far may also be a new beginning: then nothing is said.
 */
function findGaps(packets: Float64Array, bits: number | null): { lost: Gap[]; unclear: number } {
  const lost: Gap[] = [];
  let unclear = 0;
  const highest = packets.reduce((most, packet) => Math.max(most, packet), 0);
  const span = 2 ** (bits ?? USUAL_BITS.find((usual) => highest < 2 ** usual) ?? USUAL_BITS[USUAL_BITS.length - 1]);
  for (let row = 1; row < packets.length; row++) {
    const step = packets[row] - packets[row - 1];
    if (step === 1) continue;
    const forward = step < 0 ? step + span : step;
    if (forward === 1) continue;
    if (forward < 1 || (step < 0 && bits === null && forward > span / 2)) unclear++;
    else if (lost.length === MAX_GAPS)
      throw new FormatError("nSeq", `packets are lost in more than ${MAX_GAPS} places`);
    else lost.push({ row, packets: forward - 1 });
  }
  return { lost, unclear };
}

function putGaps(signal: Int32Array, gaps: readonly Gap[], packets: number): Int32Array {
  const samples = new Int32Array(signal.length + packets).fill(MISSING);
  let [from, to] = [0, 0];
  for (const gap of gaps) {
    samples.set(signal.subarray(from, gap.row), to);
    to += gap.row - from + gap.packets;
    from = gap.row;
  }
  samples.set(signal.subarray(from), to);
  return samples;
}

function fail(line: number, message: string): never {
  throw new FormatError(`line ${line}`, message);
}
