import { STANDARD_LEADS, standardLead } from "../../recording/lead-names.ts";
import type { ByteReader } from "../byte-reader.ts";
import { FormatError } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";

/**
 * Names of leads by their number, ten a row, as in ISO/IEEE 11073-10102, which has the same numbers. `f` is one of
 * Frank's, `d` a derived one (EN 1064 calls these "cal"), D, A and J are Nehb's.
 */
const NAMES = `
  ?    I      II     V1     V2     V3    V4     V5      V6     V7
  V2R  V3R    V4R    V5R    V6R    V7R   X      Y       Z      CC5
  CM5  LA     RA     LL     fI     fE    fC     fA      fM     fF
  fH   dI     dII    dV1    dV2    dV3   dV4    dV5     dV6    dV7
  dV2R dV3R   dV4R   dV5R   dV6R   dV7R  dX     dY      dZ     dCC5
  dCM5 dLA    dRA    dLL    dfI    dfE   dfC    dfA     dfM    dfF
  dfH  III    aVR    aVL    aVF    -aVR  V8     V9      V8R    V9R
  D    A      J      Defib  Extern A1    A2     A3      A4     dV8
  dV9  dV8R   dV9R   dD     dA     dJ    Chest  V       VR     VL
  VF   MCL    MCL1   MCL2   MCL3   MCL4  MCL5   MCL6    CC     CC1
  CC2  CC3    CC4    CC6    CC7    CM    CM1    CM2     CM3    CM4
  CM6  dIII   daVR   daVL   daVF   d-aVR dChest dV      dVR    dVL
  dVF  CM7    CH5    CS5    CB5    CR5   ML     AB1     AB2    AB3
  AB4  ES     AS     AI     S      dDefib dExtern dA1   dA2    dA3
  dA4  dMCL1  dMCL2  dMCL3  dMCL4  dMCL5 dMCL6  RL      CV5RL  CV6LL
  CV6LU V10   dMCL   dCC    dCC1   dCC2  dCC3   dCC4    dCC6   dCC7
  dCM  dCM1   dCM2   dCM3   dCM4   dCM6  dCM7   dCH5    dCS5   dCB5
  dCR5 dML    dAB1   dAB2   dAB3   dAB4  dES    dAS     dAI    dS
  dRL  dCV5RL dCV6LL dCV6LU dV10`
  .trim()
  .split(/\s+/);
/** The flag of a reference beat that was subtracted (section 5.6 of the specification). */
const REFERENCE_BEAT_SUBTRACTED = 1;
/** The flag of leads that were recorded simultaneously. */
export const ALL_SIMULTANEOUS = 4;

/** A lead, with the numbers of its first and last sample. The first sample of a recording is number 1. */
export type LeadDefinition = { name: string; start: number; end: number };

/** The leads of a record, and whether a reference beat was subtracted from them. */
export type LeadDefinitions = { isReferenceBeatSubtracted: boolean; leads: LeadDefinition[] };

/** Reads which leads there are, and their first and last samples (section 3). */
export function readLeadDefinitions(section: ByteReader | undefined): LeadDefinitions {
  if (!section) throw new FormatError("section 3", "there is none, which defines the leads");
  const count = section.u8("the number of leads");
  if (count < 1 || count > MAX_LEADS) throw new FormatError("section 3", `${count} leads are not 1 to ${MAX_LEADS}`);
  const flags = section.u8("the flags");
  const leads = Array.from({ length: count }, () => {
    const [start, end, number] = [section.u32("a lead's start"), section.u32("a lead's end"), section.u8("a lead")];
    // One without samples may end before it starts.
    if (end < start - 1) section.fail(`a lead ends at sample ${end}, before it starts at ${start}`);
    return { name: toLeadName(number), start, end };
  });
  return { isReferenceBeatSubtracted: (flags & REFERENCE_BEAT_SUBTRACTED) !== 0, leads };
}

/** The name of a lead by its number; empty for 0, which is no lead in particular. */
export function toLeadName(number: number): string {
  return number === 0 ? "" : (NAMES[number] ?? `SCP ${number}`);
}

/** The number of a lead by its name; undefined when it has none. Only the standard leads are found in any case. */
export function findLeadNumber(name: string): number | undefined {
  const standard = standardLead(name);
  if (standard) return STANDARD_LEADS[standard];
  const number = NAMES.indexOf(name);
  return number > 0 ? number : undefined;
}
