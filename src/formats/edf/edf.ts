import { findLead } from "../../recording/lead-names.ts";
import { toInstant } from "../../recording/local-time.ts";
import type { RecordingHead } from "../../recording/recording.ts";
import { noteFilters } from "../filters.ts";
import { type Format, FormatError, type InputFile, type OpenRecording, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { type EdfLead, readRecordTals, readStretches } from "./data-records.ts";
import { BDF_VERSION, beginsAs, EDF_VERSION, readHeader, type Signal } from "./header.ts";
import { isEcgLabel, namesEcg, toLeadName } from "./label.ts";
import { writeEdf } from "./writer.ts";

/**
 * European Data Format and EDF+, 16 bits a sample.
 * Specification: https://www.edfplus.info/specs/edf.html, https://www.edfplus.info/specs/edfplus.html
 */
export const edf = {
  id: "edf",
  mediaTypes: ["application/edf", "application/x-edf"],
  extensions: [".edf", ".rec"],
  detect: (prefix) => beginsAs(EDF_VERSION, prefix),
  open,
  choosesLeads: true,
  write: (recording, options) => writeEdf(recording, options, { name: "EDF", bytesPerSample: 2 }),
  writesAnnotations: true,
} satisfies Format;

/**
 * BioSemi's variant of EDF with 24 bits a sample, and BDF+:
 * https://www.teuniz.net/edfbrowser/bdfplus%20format%20description.html
 */
export const bdf = {
  id: "bdf",
  mediaTypes: ["application/bdf", "application/x-bdf"],
  extensions: [".bdf"],
  detect: (prefix) => beginsAs(BDF_VERSION, prefix),
  open,
  choosesLeads: true,
  write: (recording, options) => writeEdf(recording, options, { name: "BDF", bytesPerSample: 3 }),
  writesAnnotations: true,
} satisfies Format;

/** The labels that an error or a note lists. */
const MAX_SHOWN_LABELS = 64;

async function open({ bytes }: InputFile, options: ReadOptions): Promise<OpenRecording> {
  const header = await readHeader(bytes);
  const notes = [...header.notes];
  const signals = chooseSignals(header.signals, options.leads, notes);
  const leads = signals.map((signal): EdfLead => {
    const samplingRate = signal.readSamplingRate();
    const { scale, note } = signal.readScale();
    if (note !== undefined) notes.push(note);
    return { name: toLeadName(signal.label), samplingRate, ...scale, signal };
  });
  notes.push(...noteFilters(signals.map(({ prefiltering }) => prefiltering)));
  if (!header.isPlus && header.annotationsSignals.length > 0)
    notes.push("The file has signals of annotations, but does not say that it is EDF+ or BDF+: they were not read.");

  // The first data record says by what part of a second the recording began after the time in the header.
  const first = await bytes.peek(header.recordBytes);
  const isWhole = header.isPlus && first.length === header.recordBytes;
  const start = isWhole ? (readRecordTals(first, 0, header, 1).onset ?? 0) : 0;
  const startedAt = header.start && toInstant(header.start, options.timeZone);
  const head: RecordingHead = {
    recordedAt: startedAt === null ? null : startedAt + Math.round(start * 1000),
    subject: header.isPlus
      ? (findSubfield(header.patient, 0) ?? findSubfield(header.patient, 3))
      : /^[X ]*$/.test(header.patient)
        ? null
        : header.patient,
    device: header.isPlus ? (findSubfield(header.recording, 4)?.replaceAll("_", " ") ?? null) : null,
    note: null,
    isOpen: false,
    leads: leads.map(({ signal: _, ...lead }) => lead),
    ...(notes.length > 0 && { notes }),
  };
  return { head, stretches: readStretches({ bytes, header, leads, start }) };
}

/**
 * The channels that become leads: those that are wanted, else those with the label of an ECG and with samples, or where there
 * is no such label, with one that names an ECG.
 *
 * @param notes get one on channels that nobody asked for and that are left out
 */
function chooseSignals(channels: Signal[], wanted: ReadOptions["leads"], notes: string[]): Signal[] {
  const byLabel = channels.map((signal) => ({ name: signal.label, signal }));
  const byLeadName = channels.map((signal) => ({ name: toLeadName(signal.label), signal }));
  const find = (name: string): Signal => {
    const channel = findLead(byLabel, name) ?? findLead(byLeadName, name);
    if (channel) return channel.signal;
    throw new FormatError("label", `there is no channel ${JSON.stringify(name)} among ${listLabels(channels)}`);
  };
  const called = channels.filter(({ label }) => isEcgLabel(label));
  const ecgs = called.length > 0 ? called : channels.filter(({ label }) => namesEcg(label));
  const filled = ecgs.filter(({ samplesPerRecord }) => samplesPerRecord > 0);
  const chosen = wanted ? [...new Set(wanted.map(find))] : filled.length > 0 ? filled : ecgs;
  if (chosen.length === 0) {
    const message = `no channel is called an ECG: name those that are with leads=. There are ${listLabels(channels)}`;
    throw new FormatError("label", message);
  }
  if (chosen.length > MAX_LEADS) throw new FormatError("label", `${chosen.length} leads are more than ${MAX_LEADS}`);
  const left = wanted ? [] : channels.filter((channel) => !chosen.includes(channel));
  if (left.length > 0)
    notes.push(`Channels that are called no ECG, or are empty, were left out: ${listLabels(left)}. leads= keeps them.`);
  return chosen;
}

function listLabels(channels: Signal[]): string {
  const shown = channels.slice(0, MAX_SHOWN_LABELS).map(({ label }) => JSON.stringify(label));
  return [...shown, ...(channels.length > shown.length ? ["..."] : [])].join(", ") || "none";
}

/** A subfield of an identification in EDF+; null when it is not known (EDF+ specification, section 2.1.3). */
function findSubfield(identification: string, index: number): string | null {
  const subfield = identification.split(/ +/)[index];
  return subfield === undefined || subfield === "" || subfield === "X" ? null : subfield;
}
