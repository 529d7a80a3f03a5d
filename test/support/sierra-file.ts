import { toLocalTime } from "../../src/recording/local-time.ts";
import type { Recording } from "../../src/recording/recording.ts";
import { toBase64, toInt16 } from "./muse-file.ts";

export type SierraOptions = {
  version?: "1.03" | "1.04";
  compression?: "XLI" | "none" | "plain";
  timeZone?: string;
  /** Whether the leads' names are in the file. */
  hasLabels?: boolean;
  /** What stands behind `parsedwaveforms`, as XML. */
  after?: string;
};

const LIMB_LEADS = ["I", "II", "III", "aVR", "aVL", "aVF"];

/**
 * A file in Philips Sierra XML, by the description of published readers: 1.03 in UTF-8, 1.04 in UTF-16. It carries int16
 * samples of one rate and gain.
 */
export function writeSierra(recording: Recording, options: SierraOptions = {}): Uint8Array {
  const text = sierraText(recording, options);
  if (options.version === "1.03") return new TextEncoder().encode(text);
  return new Uint8Array(Uint16Array.from(`\ufeff${text}`, (letter) => letter.charCodeAt(0)).buffer);
}

/** The file's text. */
export function sierraText(recording: Recording, options: SierraOptions = {}): string {
  const { version = "1.04", compression = "XLI", timeZone = "UTC", hasLabels = true, after = "" } = options;
  const { leads, subject, device, recordedAt } = recording;
  const [{ samplingRate, gain, samples }] = leads;
  const isOld = version === "1.03";
  const resolution = isOld ? "signalresolution" : "resolution";
  const data = {
    XLI: () => toBase64(packXli(predict(leads.map(({ name, samples }) => ({ name, samples }))))),
    none: () => toBase64(Buffer.concat(leads.map(({ samples }) => toInt16(samples)))),
    plain: () => leads.map(({ samples }) => samples.join(" ")).join("\n"),
  }[compression]();
  const attributes = [
    `dataencoding="${compression === "plain" ? "Plain" : "Base64"}"`,
    isOld
      ? `compressflag="${compression === "XLI" ? "True" : "False"}" compressmethod="XLI"`
      : compression === "XLI"
        ? 'compression="XLI"'
        : "",
    samplingRate === null ? "" : `durationperchannel="${(1000 * samples.length) / samplingRate}"`,
    'nbitspersample="16"',
    hasLabels ? `leadlabels="${leads.map(({ name }) => name).join(" ")}"` : "",
  ];
  return `<?xml version="1.0" encoding="${isOld ? "UTF-8" : "UTF-16"}"?>
<restingecgdata xmlns="http://www3.medical.philips.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<documentinfo><documenttype>${isOld ? "SierraECG" : "PhilipsECG"}</documenttype><documentversion>${version}</documentversion></documentinfo>
<dataacquisition${date(recordedAt, timeZone)}>${device === null ? "" : `<machine>${device}</machine>`}
<signalcharacteristics>
${samplingRate === null ? "" : `<samplingrate>${samplingRate}</samplingrate>`}${gain === null ? "" : `<${resolution}>${1000 / gain}</${resolution}>`}
<bitspersample>16</bitspersample><signaloffset>0</signaloffset><signalsigned>True</signalsigned>
<numberchannelsallocated>16</numberchannelsallocated><numberchannelsvalid>${leads.length}</numberchannelsvalid>
</signalcharacteristics></dataacquisition>
${subject === null ? "" : `<patient><generalpatientdata><patientid>${subject}</patientid></generalpatientdata></patient>`}
<waveforms><parsedwaveforms ${attributes.join(" ")}>
${data}
</parsedwaveforms>${after}</waveforms>
</restingecgdata>
`;
}

type Named = { name: string; samples: Int32Array };

/** What is stored of each lead: of III, aVR, aVL and aVF what is left of their prediction, where the six limb leads are first. */
function predict(leads: readonly Named[]): Int32Array[] {
  const all = leads.map(({ samples }) => samples);
  if (!LIMB_LEADS.every((name, i) => leads[i]?.name === name)) return all;
  const [i, ii, iii, avr, avl, avf, ...others] = all;
  return [
    i,
    ii,
    iii.map((sample, at) => ii[at] - i[at] - sample),
    avr.map((sample, at) => -sample - Math.floor((i[at] + ii[at]) / 2)),
    avl.map((sample, at) => Math.floor((i[at] - iii[at]) / 2) - sample),
    avf.map((sample, at) => Math.floor((ii[at] + iii[at]) / 2) - sample),
    ...others,
  ];
}

/**
 * Packs leads as XLI.
 *
 * @param hasEnd whether each lead ends in the code for it
 */
export function packXli(leads: readonly Int32Array[], hasEnd = true): Uint8Array {
  return Buffer.concat(
    leads.map((samples) => {
      const second = (at: number) => 2 * samples[at] - samples[at - 1] - samples[at + 1];
      const values = samples.map((sample, at) => (at < 2 ? sample : at + 1 < samples.length ? second(at) + 64 : 64));
      const halves = [...values].map((value) => value >> 8).concat([...values]);
      const packed = packLzw(
        halves.map((value) => value & 0xff),
        hasEnd,
      );
      const header = Buffer.alloc(8);
      header.writeInt32LE(packed.length, 0);
      header.writeUInt16LE(1, 4);
      header.writeUInt16LE((samples.length > 2 ? second(1) : 0) & 0xffff, 6);
      return Buffer.concat([header, packed]);
    }),
  );
}

/** LZW with codes of 10 bits, the highest first. The table takes 1,023 sequences; the last code is the end. */
function packLzw(bytes: readonly number[], hasEnd: boolean): Uint8Array {
  const codes = new Map(Array.from({ length: 256 }, (_, byte) => [String(byte), byte]));
  const out: number[] = [];
  let sequence = "";
  for (const byte of bytes) {
    const longer = sequence === "" ? String(byte) : `${sequence},${byte}`;
    if (codes.has(longer)) {
      sequence = longer;
      continue;
    }
    out.push(codes.get(sequence) ?? 0);
    if (codes.size < 1023) codes.set(longer, codes.size);
    sequence = String(byte);
  }
  if (sequence !== "") out.push(codes.get(sequence) ?? 0);
  if (hasEnd) out.push(1023);
  const bits = out.map((code) => code.toString(2).padStart(10, "0")).join("");
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
}

function date(instant: number | null, timeZone: string): string {
  if (instant === null) return "";
  const { year, month, day, hour, minute, second } = toLocalTime(instant, timeZone);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return ` date="${year}-${two(month)}-${two(day)}" time="${[hour, minute, second].map(two).join(":")}"`;
}
