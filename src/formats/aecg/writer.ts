import { standardLead } from "../../recording/lead-names.ts";
import { toInstant, toLocalTime } from "../../recording/local-time.ts";
import { isVoltage, type Lead, MISSING, type Recording } from "../../recording/recording.ts";
import { formatDecimal } from "../decimal.ts";
import { newNotAcceptable, type WriteOptions } from "../format.ts";
import { joinBytes } from "../join-bytes.ts";
import { findInterval, findLinearScale } from "../sampled-values.ts";
import { findUcum } from "../unit.ts";

/** The attributes of a code in HL7's ActCode. */
const ACT_CODE = `codeSystem="2.16.840.1.113883.5.4" codeSystemName="ActCode"`;
/** The attributes of a code in CPT-4. */
const CPT_4 = `codeSystem="2.16.840.1.113883.6.12" codeSystemName="CPT-4"`;
/** The attributes of a code in MDC, the nomenclature of ISO/IEEE 11073-10102. */
const MDC = `codeSystem="2.16.840.1.113883.6.24" codeSystemName="MDC"`;
/**
 * The OID of this project, made of a UUID (X.667). It is the root of ids that come from outside, and the code system of
 * leads that MDC has no code for.
 */
const OWN = "2.25.116917641024812328654273061373351476421";
/** The unit of origin and scale of a voltage, as a power of ten of mV. */
const MICROVOLT = -3;
/** Samples of a lead that are written at a time. */
const SAMPLES_A_PART = 16_384;
/** The unit of the increment, as a power of ten of seconds. */
const SECOND = 0;

/** Writes all at once what `writeAecgParts` does in parts. */
export function writeAecg(recording: Recording, options: WriteOptions): Uint8Array<ArrayBuffer> {
  return joinBytes([...writeAecgParts(recording, options)]);
}

/**
 * Writes an AnnotatedECG with one rhythm series (HL7 aECG Implementation Guide, 2005). Neighbouring leads of the same
 * rate and length share a sequence set.
 *
 * @throws AppError `not-acceptable`
 */
export function writeAecgParts(recording: Recording, { timeZone }: WriteOptions): Generator<Uint8Array<ArrayBuffer>> {
  const { recordedAt, subject, device, leads } = recording;
  const durationMs = Math.max(...leads.map((lead) => (lead.samples.length * 1000) / requireRate(lead)));
  const start = recordedAt === null ? null : formatTime(recordedAt, timeZone);
  const end = recordedAt === null ? "" : formatTime(recordedAt + Math.round(durationMs), timeZone);
  const time =
    start === null
      ? `<effectiveTime nullFlavor="UNK"/>`
      : `<effectiveTime><low value="${start}"/><high value="${end}" inclusive="false"/></effectiveTime>`;
  // Programs (biosig's) fall over an id that has no extension.
  const subjectId =
    subject === null ? `nullFlavor="UNK" extension=""` : `root="${OWN}" extension="${escapeXml(subject)}"`;
  const author =
    device === null
      ? ""
      : `
      <author>
        <seriesAuthor>
          <manufacturedSeriesDevice>
            <manufacturerModelName>${escapeXml(device)}</manufacturerModelName>
          </manufacturedSeriesDevice>
        </seriesAuthor>
      </author>`;
  const head = `
  <code code="93000" ${CPT_4}/>
  ${time}
  <componentOf>
    <timepointEvent>
      <componentOf>
        <subjectAssignment>
          <subject>
            <trialSubject>
              <id ${subjectId}/>
            </trialSubject>
          </subject>
          <componentOf>
            <clinicalTrial>
              <id nullFlavor="NA"/>
            </clinicalTrial>
          </componentOf>
        </subjectAssignment>
      </componentOf>
    </timepointEvent>
  </componentOf>
  <component>
    <series>
      <code code="RHYTHM" ${ACT_CODE} displayName="Rhythm Waveforms"/>
      ${time}${author}`;
  const tail = `
    </series>
  </component>
</AnnotatedECG>
`;
  function* writeDocument() {
    yield head;
    for (const group of groupLeads(leads)) yield* writeSequenceSet(group, start);
    yield tail;
  }
  // The id is made of all the text, which is written twice rather than held.
  const id = toUuid(writeDocument());
  return encodeParts(id, writeDocument());
}

function* encodeParts(id: string, document: Iterable<string>): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  yield encoder.encode(`<?xml version="1.0" encoding="UTF-8"?>
<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" type="Observation">
  <id root="${id}"/>`) as Uint8Array<ArrayBuffer>;
  for (const text of document) yield encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

function* writeSequenceSet(leads: readonly Lead[], start: string | null): Generator<string> {
  yield `
      <component>
        <sequenceSet>${writeTime(requireRate(leads[0]), start)}`;
  for (const lead of leads) yield* writeLead(lead);
  yield `
        </sequenceSet>
      </component>`;
}

/** Writes the sequence of times: evenly apart, from the date on or, when it is not known, from 0. */
function writeTime(samplingRate: number, start: string | null): string {
  const interval = findInterval(samplingRate, SECOND);
  if (!interval) throw newNotAcceptable(`HL7 aECG has no interval that reads back as ${samplingRate} Hz.`);
  const [code, type, head] =
    start === null
      ? ["TIME_RELATIVE", "GLIST_PQ", `value="0" unit="s"`]
      : ["TIME_ABSOLUTE", "GLIST_TS", `value="${start}"`];
  return `
          <component>
            <sequence>
              <code code="${code}" ${ACT_CODE}/>
              <value xsi:type="${type}"><head ${head}/><increment value="${formatDecimal(interval)}" unit="s"/></value>
            </sequence>
          </component>`;
}

function* writeLead(lead: Lead): Generator<string> {
  const { name, samples, gain, baseline } = lead;
  if (gain === null) throw newNotAcceptable(`HL7 aECG needs a gain, and that of lead ${name} is not known.`);
  if (samples.includes(MISSING)) {
    throw newNotAcceptable(`HL7 aECG has nothing that stands for a missing sample, and lead ${name} has some.`);
  }
  const linear = findLinearScale(gain, baseline, isVoltage(lead) ? MICROVOLT : 0);
  const unit = escapeXml(isVoltage(lead) ? "uV" : (findUcum(lead.unit ?? "") ?? lead.unit ?? ""));
  if (!linear)
    throw newNotAcceptable(`HL7 aECG has no scale that reads back as the gain and baseline of lead ${name}.`);
  yield `
          <component>
            <sequence>
              <code ${codeLead(name)}/>
              <value xsi:type="SLIST_PQ">
                <origin value="${formatDecimal(linear.origin)}" unit="${unit}"/>
                <scale value="${formatDecimal(linear.scale)}" unit="${unit}"/>
                <digits>`;
  for (let from = 0; from < samples.length; from += SAMPLES_A_PART) {
    yield `${from > 0 ? " " : ""}${samples.subarray(from, from + SAMPLES_A_PART).join(" ")}`;
  }
  yield `</digits>
              </value>
            </sequence>
          </component>`;
}

/** The code of a lead. One that is none of the twelve has its name in the display name, for codes have no spaces. */
function codeLead(name: string): string {
  const standard = standardLead(name);
  if (standard) return `code="MDC_ECG_LEAD_${standard.toUpperCase()}" ${MDC}`;
  const code = escapeXml(`LOCAL_ECG_LEAD_${name.replace(/\s+/g, "_")}`);
  return `code="${code}" codeSystem="${OWN}" displayName="${escapeXml(name)}"`;
}

function groupLeads(leads: readonly Lead[]): Lead[][] {
  const groups: Lead[][] = [];
  for (const lead of leads) {
    const last = groups.at(-1)?.[0];
    if (last && last.samplingRate === lead.samplingRate && last.samples.length === lead.samples.length) {
      groups.at(-1)?.push(lead);
    } else groups.push([lead]);
  }
  return groups;
}

function requireRate({ name, samplingRate }: Lead): number {
  if (samplingRate === null) {
    throw newNotAcceptable(`HL7 aECG needs a sampling rate, and that of lead ${name} is not known.`);
  }
  return samplingRate;
}

/** Formats a time as HL7's `TS`. Programs stumble over a zone in it, so only a time that clocks show twice has one. */
function formatTime(instant: number, timeZone: string): string {
  const local = toLocalTime(instant, timeZone);
  const isClear = toInstant(local, timeZone) === instant;
  const { year, month, day, hour, minute, second } = isClear ? local : toLocalTime(instant, "UTC");
  const [yyyy, ss] = [String(year).padStart(4, "0"), second.toFixed(3).padStart(6, "0")];
  const middle = [month, day, hour, minute].map((part) => String(part).padStart(2, "0"));
  return `${yyyy}${middle.join("")}${ss}${isClear ? "" : "+0000"}`;
}

function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "?")
    .replace(/[&<>"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The id of a document, made of its text (RFC 9562, version 8), so that the same recording gives the same file. */
function toUuid(document: Iterable<string>): string {
  const words = new Uint32Array([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]);
  let count = 0;
  for (const text of document) {
    for (let i = 0; i < text.length; i++) {
      const at = count++ & 3;
      words[at] = Math.imul(words[at] ^ text.charCodeAt(i) ^ (words[(at + 3) & 3] >>> 15), 0x01000193);
    }
  }
  const hex = [...words].map((word) => word.toString(16).padStart(8, "0")).join("");
  const variant = ((Number.parseInt(hex[16], 16) & 3) | 8).toString(16);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join(
    "-",
  );
}
