/** Texts that stand for no unit: plain ADC units, arbitrary ones, and what programs write when they know none. */
const NO_UNIT =
  /^(|adu?|adc( units?)?|lsb|bits?|counts?|digits?|raw|units?|unknown|none|n\/?a|nd|a\.?u\.?|arb.*|[-?_.]+)$/i;

/** The unit of a channel that is no voltage, by a text that is none of the names of one; undefined for no unit. */
export function findOtherUnit(text: string | undefined): string | undefined {
  const unit = text?.trim() ?? "";
  return NO_UNIT.test(unit) ? undefined : unit;
}
