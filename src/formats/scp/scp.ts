import { findLead } from "../../recording/lead-names.ts";
import type { Lead, Recording } from "../../recording/recording.ts";
import { type Format, FormatError, type ReadOptions } from "../format.ts";
import { readAbout } from "./about.ts";
import { readLeadDefinitions } from "./lead-definitions.ts";
import { isRecord, readRecord } from "./record.ts";
import { readRhythm } from "./rhythm.ts";
import { write } from "./writer.ts";

/**
 * SCP-ECG, the Standard Communications Protocol for computer-assisted electrocardiography: EN 1064, ISO 11073-91064.
 * The rhythm data of section 6 are read with every compression of the specification. The measurements and
 * interpretations of sections 7 to 11 are not read.
 */
export const scp = {
  id: "scp",
  mediaTypes: ["application/x-scp-ecg", "application/scp-ecg"],
  extensions: [".scp"],
  detect: isRecord,
  read,
  write,
} satisfies Format;

/** The most sections that a note lists: the specification has eleven. */
const MAX_SHOWN_SECTIONS = 16;

function read(bytes: Uint8Array, options: ReadOptions): Recording {
  const { sections, others } = readRecord(bytes);
  const { notes: aboutNotes, ...about } = readAbout(sections.get(1), options.timeZone);
  const definitions = readLeadDefinitions(sections.get(3));
  const {
    samples,
    samplingRate,
    gain,
    notes: rhythmNotes,
  } = readRhythm(sections, definitions, () => readRecord(bytes).sections);
  const leads = definitions.leads.map(({ name }, i) => ({
    name,
    samplingRate: samplingRate ?? options.samplingRate ?? null,
    samples: samples[i],
    gain,
    baseline: 0,
  }));
  const notes = [...aboutNotes, ...rhythmNotes, ...listUnread(others)];
  return {
    ...about,
    note: null,
    isOpen: false,
    annotations: [],
    leads: pickLeads(leads, options.leads),
    ...(notes.length > 0 && { notes }),
  };
}

/** A note on sections that are not read. */
function listUnread(ids: readonly number[]): string[] {
  if (ids.length === 0) return [];
  const shown = ids.slice(0, MAX_SHOWN_SECTIONS).sort((a, b) => a - b);
  const list = `${shown.join(", ")}${ids.length > shown.length ? " and others" : ""}`;
  return [`Sections that are no signals were not read, such as measurements and interpretations: ${list}.`];
}

function pickLeads(leads: Lead[], names: readonly string[] | undefined): Lead[] {
  if (!names) return leads;
  return names.map((name) => {
    const lead = findLead(leads, name);
    if (!lead) throw new FormatError("section 3", `there is no lead called ${JSON.stringify(name)}`);
    return lead;
  });
}
