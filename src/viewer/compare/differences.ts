import type { MeasuredValue } from "../out/measured-values.ts";

/** A value of two ECGs. The difference is how much more the second has; null where either is not known. */
export type Difference = {
  group: string;
  name: string;
  unit: string;
  first: number | null;
  second: number | null;
  difference: number | null;
};

/** The values of two ECGs side by side: all that either has, in the order of the first. */
export function listDifferences(first: readonly MeasuredValue[], second: readonly MeasuredValue[]): Difference[] {
  const keyOf = ({ group, name }: MeasuredValue) => `${group}\n${name}`;
  const [ofFirst, ofSecond] = [first, second].map((values) => new Map(values.map((value) => [keyOf(value), value])));
  const all = new Map([...second, ...first].map((value) => [keyOf(value), value]));
  const order = new Set([...ofFirst.keys(), ...ofSecond.keys()]);
  return [...order].flatMap((key) => {
    const known = all.get(key);
    if (!known) return [];
    const { group, name, unit } = known;
    const [one, other] = [ofFirst.get(key)?.value ?? null, ofSecond.get(key)?.value ?? null];
    // Numbers of beats depend on how long each was recorded.
    const difference = one === null || other === null || unit === "" ? null : subtract(other, one, unit);
    return [{ group, name, unit, first: one, second: other, difference }];
  });
}

/** How much more one value is; an axis turns by half a circle at the most. */
function subtract(value: number, from: number, unit: string): number {
  const difference = value - from;
  return unit === "°" ? ((((difference + 180) % 360) + 360) % 360) - 180 : difference;
}
