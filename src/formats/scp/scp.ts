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

function read(bytes: Uint8Array, options: ReadOptions): Recording {
  const sections = readRecord(bytes);
  const about = readAbout(sections.get(1), options.timeZone);
  const definitions = readLeadDefinitions(sections.get(3));
  const { samples, samplingRate, gain } = readRhythm(sections, definitions);
  const leads = definitions.leads.map(({ name }, i) => ({
    name,
    samplingRate: samplingRate ?? options.samplingRate ?? null,
    samples: samples[i],
    gain,
    baseline: 0,
  }));
  return { ...about, note: null, isOpen: false, annotations: [], leads: pickLeads(leads, options.leads) };
}

function pickLeads(leads: Lead[], names: readonly string[] | undefined): Lead[] {
  if (!names) return leads;
  return names.map((name) => {
    const lead = findLead(leads, name);
    if (!lead) throw new FormatError("section 3", `there is no lead called ${JSON.stringify(name)}`);
    return lead;
  });
}
