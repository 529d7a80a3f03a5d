import { findDecimal, toDecimal } from "./decimal.ts";
import { FormatError } from "./format.ts";
import { toGain } from "./sampled-values.ts";
import { quoteText, type XmlElement } from "./xml-tree.ts";

/** The units of voltage of makers' XML, in capitals, as powers of ten of mV. */
const MILLIVOLT_EXPONENTS: Record<string, number> = { MICROVOLTS: -3, UV: -3, MILLIVOLTS: 0, MV: 0 };

/**
 * The gain in ADC units per mV that a step and its unit say; null when the step is not there or the unit is no voltage.
 *
 * @param step the element with the value of one ADC unit
 * @throws FormatError for a step that is 0 or no number
 */
export function findStepGain(step: XmlElement | undefined, unit: XmlElement | undefined): number | null {
  const name = unit?.text.toUpperCase() ?? "";
  if (!step || !Object.hasOwn(MILLIVOLT_EXPONENTS, name)) return null;
  const scale = findDecimal(step.text);
  if (!scale || scale.digits === 0n) throw new FormatError(`line ${step.line}`, `${quoteText(step.text)} is no scale`);
  const exponent = MILLIVOLT_EXPONENTS[name];
  return toGain({ origin: toDecimal(0), scale }, { origin: exponent, scale: exponent }).gain;
}
