import { toLocalTime } from "../../src/recording/local-time.ts";
import type { Lead, Recording } from "../../src/recording/recording.ts";

export type MuseOptions = {
  timeZone?: string;
  /** What stands before the Rhythm Waveform, as XML. */
  before?: string;
  /** What stands behind it. */
  after?: string;
};

/** A file in GE MUSE XML, by the description of published readers. It carries int16 samples, and gains in microvolts. */
export function writeMuse(
  recording: Recording,
  { timeZone = "UTC", before = "", after = "" }: MuseOptions = {},
): Uint8Array {
  const { recordedAt, subject, device, leads } = recording;
  const person = subject === null ? "" : `<PatientDemographics><PatientID>${subject}</PatientID></PatientDemographics>`;
  const test = [
    date(recordedAt, timeZone),
    device === null ? "" : `<AcquisitionDevice>${device}</AcquisitionDevice>`,
  ].join("");
  const text = `<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE RestingECG SYSTEM "restecg.dtd">
<RestingECG>
   ${person}${test === "" ? "" : `<TestDemographics>${test}</TestDemographics>`}
   ${before}${museWaveform(leads)}${after}
</RestingECG>
`;
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** A `Waveform` with leads of one sampling rate. */
export function museWaveform(leads: readonly Lead[], type = "Rhythm"): string {
  const rate = leads[0].samplingRate;
  return `<Waveform>
      <WaveformType>${type}</WaveformType><WaveformStartTime>0</WaveformStartTime><NumberofLeads>${leads.length}</NumberofLeads>
      <SampleType>CONTINUOUS_SAMPLES</SampleType>${rate === null ? "" : `<SampleBase>${rate}</SampleBase>`}<SampleExponent>0</SampleExponent>
      ${leads.map(museLead).join("\n      ")}
   </Waveform>`;
}

/** A `LeadData`. */
function museLead({ name, samples, gain }: Lead): string {
  const units = gain === null ? "" : `<LeadAmplitudeUnitsPerBit>${1000 / gain}</LeadAmplitudeUnitsPerBit>`;
  return `<LeadData>
        <LeadByteCountTotal>${2 * samples.length}</LeadByteCountTotal><LeadTimeOffset>0</LeadTimeOffset>
        <LeadSampleCountTotal>${samples.length}</LeadSampleCountTotal>${units}<LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>
        <LeadHighLimit>32767</LeadHighLimit><LeadLowLimit>-32768</LeadLowLimit><LeadID>${name}</LeadID>
        <LeadOffsetFirstSample>0</LeadOffsetFirstSample><FirstSampleBaseline>0</FirstSampleBaseline>
        <LeadSampleSize>2</LeadSampleSize><LeadOff>FALSE</LeadOff><BaselineSway>FALSE</BaselineSway>
        <WaveFormData>
${toBase64(toInt16(samples))}
        </WaveFormData>
      </LeadData>`;
}

/** Samples as int16 in little endian. */
export function toInt16(samples: Int32Array): Uint8Array {
  const bytes = new Uint8Array(2 * samples.length);
  const view = new DataView(bytes.buffer);
  for (const [i, sample] of samples.entries()) view.setInt16(2 * i, sample, true);
  return bytes;
}

/** Base64 in lines, as devices write it. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll(/.{76}/g, "$&\n");
}

function date(instant: number | null, timeZone: string): string {
  if (instant === null) return "";
  const { year, month, day, hour, minute, second } = toLocalTime(instant, timeZone);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `<AcquisitionTime>${[hour, minute, second].map(two).join(":")}</AcquisitionTime>
<AcquisitionDate>${two(month)}-${two(day)}-${year}</AcquisitionDate>`;
}
