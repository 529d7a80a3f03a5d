import { describe, expect, it } from "vitest";
import { inkOf } from "../../src/viewer/paper/ink.ts";

/** The relative luminance of a colour like `#1d4ed8` or `#111` (WCAG 2.2). */
function luminanceOf(colour: string): number {
  const digits = colour.length === 4 ? colour.replace(/[0-9a-f]/gi, "$&$&") : colour;
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrastOf(one: string, other: string): number {
  const [light, dark] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

describe.each([
  { paper: "by day", isNight: false },
  { paper: "by night", isNight: true },
])("the ink of the paper $paper", ({ isNight }) => {
  const ink = inkOf(isNight);

  it("can be read", () => {
    const texts = { ...ink.beats, trace: ink.trace, label: ink.label, caliper: ink.caliper };
    const pale = Object.entries(texts).filter(([, colour]) => contrastOf(colour, ink.paper) < 4.5);
    expect(pale).toEqual([]);
  });

  it("tells waves and spikes from the paper", () => {
    const pale = Object.entries({ ...ink.waves, spike: ink.spike }).filter(
      ([, colour]) => contrastOf(colour, ink.paper) < 3,
    );
    expect(pale).toEqual([]);
  });
});
