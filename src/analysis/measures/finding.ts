/** A measurement's value, and the reason when some of it is null or empty. */
export type Finding<T> = { value: T; reason?: string };

/** The values of some findings, by their names. */
export type ValuesOf<F> = { [Name in keyof F]: F[Name] extends Finding<infer Value> ? Value : never };

/** The values of some findings. */
export function valuesOf<F extends Record<string, Finding<unknown>>>(findings: F): ValuesOf<F> {
  // Object.fromEntries forgets which name has which type.
  return Object.fromEntries(Object.entries(findings).map(([name, { value }]) => [name, value])) as ValuesOf<F>;
}

/** The reasons of those findings that have one. */
export function reasonsOf<F extends Record<string, Finding<unknown>>>(findings: F): Partial<Record<keyof F, string>> {
  const given = Object.entries(findings).filter(([, { reason }]) => reason !== undefined);
  return Object.fromEntries(given.map(([name, { reason }]) => [name, reason])) as Partial<Record<keyof F, string>>;
}
