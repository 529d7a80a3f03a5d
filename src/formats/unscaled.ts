/** The note on leads whose step says no gain, for it is of no unit that is known. */
export function noteUnscaled(names: readonly string[]): string {
  const quoted = names.map((name) => JSON.stringify(name)).join(", ");
  return `The scale of ${quoted} is of no unit that is known: no gain is taken from it.`;
}
