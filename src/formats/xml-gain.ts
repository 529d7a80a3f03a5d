import { findDecimal, toDecimal } from "./decimal.ts";
import { FormatError } from "./format.ts";
import { toGain } from "./sampled-values.ts";
import { findVoltage } from "./unit.ts";
import { quoteText, type XmlElement } from "./xml-tree.ts";

/**
 * The gain in ADC units per mV that a step and its unit say; null when the step is not there or the unit is no voltage.
 *
 * @param step the element with the value of one ADC unit
 * @throws FormatError for a step that is 0 or no number
 */
export function findStepGain(step: XmlElement | undefined, unit: XmlElement | undefined): number | null {
  const exponent = unit && findVoltage(unit.text);
  if (!step || exponent === undefined) return null;
  const scale = findDecimal(step.text);
  if (!scale || scale.digits === 0n) throw new FormatError(`line ${step.line}`, `${quoteText(step.text)} is no scale`);
  return toGain({ origin: toDecimal(0), scale }, { origin: exponent, scale: exponent }).gain;
}
