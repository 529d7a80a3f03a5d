import { beforeAll, expect, it } from "vitest";
import { logIn } from "../support/chromium.ts";
import { postEcg } from "../support/session.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { findViolations } from "../support/violations.ts";
import { eventually, hold, visit } from "../support/visit.ts";

/** Samples in a second, and ADC units in a millivolt, of the known signal. */
const RATE = 500;
const GAIN = 1000;
/** The blue of calipers, and the black of a trace. */
const BLUE = [29, 78, 216];
const BLACK = [17, 17, 17];

/** Where the trace is alone, in pixels: beside the calibration pulse and the name of the lead. */
const RIGHT_OF_PULSE = 130;

const { url, user, call, page, complaints } = await visit();
let known: string;

beforeAll(async () => {
  known = await postEcg(call, {
    sampling_rate: RATE,
    leads: [{ name: "II", unit: "mV", gain: GAIN, baseline: 0, signal: newSpikes(30) }],
  });
  await page.addInitScript(() => {
    localStorage.setItem("ecg-preferences", JSON.stringify({ staysLoggedIn: true, pixelsPer100Mm: 400 }));
  });
  await page.goto(url);
  await logIn(page, user);
});

/** A peak of 1 mV at each whole second, and a level line between them. */
function newSpikes(seconds: number): number[] {
  return Array.from({ length: seconds * RATE }, (_, i) => {
    const fromPeak = Math.min(i % RATE, RATE - (i % RATE));
    return i < RATE / 2 ? 0 : Math.max(0, GAIN - fromPeak * 25);
  });
}

async function open(id: string, query = ""): Promise<void> {
  await page.goto(`${url}/#/ecg/${id}${query}`);
  await page.getByRole("img", { name: /^ECG of/ }).waitFor();
  // The bar has its height when the numbers are in it.
  await page.getByRole("button", { name: /^HR/ }).waitFor();
}

/**
 * Pixels of a canvas, 0 the paper's and 1 the one over it, that have a colour, but for the axis of time: their places, at a device pixel
 * for a CSS pixel.
 */
function findPixels(canvas: 0 | 1, colour: number[]): Promise<{ x: number; y: number }[]> {
  return page.evaluate(
    ([number, [red, green, blue]]) => {
      const element = document.querySelectorAll<HTMLCanvasElement>(".paper canvas")[number];
      const [width, height] = [element.width, element.height - 30];
      const data = element.getContext("2d")?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
      const found: { x: number; y: number }[] = [];
      for (let i = 0; i < data.length; i += 4) {
        const isNear = [red, green, blue].every((part, j) => Math.abs(data[i + j] - part) < 40);
        if (isNear && data[i + 3] > 128) found.push({ x: (i / 4) % width, y: Math.floor(i / 4 / width) });
      }
      return found;
    },
    [canvas, colour] as const,
  );
}

/** Columns in which at least so many pixels are. */
function columnsOf(pixels: readonly { x: number }[], least: number): number[] {
  const counts = new Map<number, number>();
  for (const { x } of pixels) counts.set(x, (counts.get(x) ?? 0) + 1);
  return [...counts].flatMap(([x, count]) => (count >= least ? [x] : [])).sort((a, b) => a - b);
}

const table = () => page.getByRole("region", { name: "Measurements" }).getByRole("table", { name: "Calipers" });
const cell = async () => (await table().getByRole("row").nth(1).getByRole("cell").last().textContent()) ?? "";

/** Where the canvas is on the page. */
async function corner(): Promise<{ x: number; y: number }> {
  const box = await page.locator(".paper .over").boundingBox();
  if (!box) throw new Error("there is no paper");
  return box;
}

/** Drags from a place of the canvas to another with Shift, and with Alt from the first move on where nothing shall snap. */
async function dragCaliper(from: { x: number; y: number }, to: { x: number; y: number }, isFree = false) {
  const { x, y } = await corner();
  await page.mouse.move(x + from.x, y + from.y);
  await page.keyboard.down("Shift");
  await page.mouse.down();
  await page.keyboard.up("Shift");
  if (isFree) await page.keyboard.down("Alt");
  await page.mouse.move(x + (from.x + to.x) / 2, y + (from.y + to.y) / 2);
  await page.mouse.move(x + to.x, y + to.y);
  await page.mouse.up();
  if (isFree) await page.keyboard.up("Alt");
}

/** The peaks of the trace on the paper: the middle of each one's uppermost pixels. */
async function findPeaks(pixelsPerSecond: number): Promise<{ x: number; y: number }[]> {
  const ink = (await findPixels(0, BLACK)).filter(({ x }) => x > RIGHT_OF_PULSE);
  const top = Math.min(...ink.map(({ y }) => y));
  const peaks: { first: number; last: number }[] = [];
  for (const { x } of ink.filter(({ y }) => y <= top + 1).sort((a, b) => a.x - b.x)) {
    const peak = peaks.at(-1);
    if (peak && x - peak.first < pixelsPerSecond / 2) peak.last = x;
    else peaks.push({ first: x, last: x });
  }
  return peaks.map(({ first, last }) => ({ x: (first + last) / 2, y: top }));
}

const SCALES = [12.5, 25, 50, 100].flatMap((speed) => [2.5, 5, 10, 20, 40].map((gain) => ({ speed, gain })));

it.each(SCALES)("measures 1 mV and 1 s right to a pixel at $speed mm/s and $gain mm/mV", async ({ speed, gain }) => {
  await open(known, `?t=2.5&layout=rows&speed=${speed}&gain=${gain}`);
  const [second, millivolt] = [speed * 4, gain * 4];
  await eventually(async () => {
    const [first, next] = await findPeaks(second);
    return next ? Math.abs(next.x - first.x - second) : second;
  }).toBeLessThanOrEqual(1);
  const [one, other] = await findPeaks(second);

  // From the level line, 0.4 s before a peak and as far from all waves, to a second later: free of the trace, as a hand would.
  const middle = { x: one.x + 0.6 * second, y: one.y + millivolt };
  await dragCaliper(middle, { x: middle.x + second, y: middle.y - millivolt }, true);
  const free = /^([\d,]+) ms · ([\d,]+) bpm · (-?\d+\.\d+) mV$/.exec(await cell());
  expect(Math.abs(Number(free?.[1].replace(",", "")) - 1000)).toBeLessThanOrEqual(1000 / second);
  expect(Math.abs(Number(free?.[3]) - 1)).toBeLessThanOrEqual(1 / millivolt + 0.005);
  await page.keyboard.press("Delete");

  // From peak to peak, a hand beside them: it snaps.
  await dragCaliper({ x: one.x + 1, y: one.y + 6 }, { x: other.x, y: other.y + 6 });
  await eventually(cell).toBe("1,000 ms · 60 bpm · 0.00 mV");
  const lines = columnsOf(await findPixels(1, BLUE), 30);
  expect(Math.abs(lines[0] - one.x)).toBeLessThanOrEqual(1);
  expect(Math.abs((lines.at(-1) ?? 0) - other.x)).toBeLessThanOrEqual(1);
  expect(complaints).toEqual([]);
});

it("says time and millivolts of each lead at the cursor, and keeps several calipers in the address", async () => {
  const id = await postEcg(call, toEcgJson(syntheticEcg({ seconds: 10 })));
  await open(id, "?layout=rows&leads=I&leads=II&leads=V1");
  await eventually(
    async () => (await findPixels(0, BLACK)).filter(({ x }) => x > RIGHT_OF_PULSE).length,
  ).toBeGreaterThan(1000);
  const { x, y } = await corner();
  await page.mouse.click(x + 500, y + 100);
  const region = page.getByRole("region", { name: "Measurements" });
  const at = region.getByRole("table", { name: /^At 0:04\.\d{3}$/ });
  await eventually(() => at.getByRole("row").allTextContents()).toEqual([
    "LeadValue",
    expect.stringMatching(/^I-?\d\.\d\d mV$/),
    expect.stringMatching(/^II-?\d\.\d\d mV$/),
    expect.stringMatching(/^V1-?\d\.\d\d mV$/),
  ]);
  await dragCaliper({ x: 200, y: 100 }, { x: 300, y: 60 }, true);
  await dragCaliper({ x: 600, y: 100 }, { x: 650, y: 60 }, true);
  await page.keyboard.press("m");
  await eventually(() => table().getByRole("row").count()).toBe(3);
  await eventually(() => decodeURIComponent(page.url())).toMatch(
    /caliper=[\d.*-]+_[\d.*-]+__\w+&caliper=[\d.*-]+_[\d.*-]+_m_\w+$/,
  );
  const said = await table().textContent();
  await page.reload();
  await eventually(() => table().textContent()).toBe(said);
  await page.keyboard.press("k");
  await page.keyboard.press("Delete");
  await eventually(() => table().getByRole("row").count()).toBe(2);
  expect(complaints).toEqual([]);
});

it("measures the QT interval of the beat at the cursor, and corrects it by four formulas", async () => {
  const id = await postEcg(call, toEcgJson(syntheticEcg({ seconds: 10 })));
  await open(id, "?layout=rows&leads=II");
  await eventually(async () => (await findPixels(0, BLACK)).length).toBeGreaterThan(1000);
  const { x, y } = await corner();
  // What is known of the beats comes late, and once.
  const letGo = await hold(page, /series=rr/);
  await page.mouse.click(x + 500, y + 60);
  await page.keyboard.press("q");
  await page.keyboard.press("q");
  await letGo();
  await eventually(() => page.getByRole("region", { name: "Measurements" }).getByRole("status").textContent()).toMatch(
    /^QT interval 1, second end: 0:0\d\.\d{3}; QT [34]\d\d ms, RR (9|1,0)\d\d ms; QTc Bazett [34]\d\d, Fridericia [34]\d\d, Framingham [34]\d\d, Hodges [34]\d\d$/,
  );
  await eventually(() => page.url()).toMatch(/caliper=[\d.]+_[\d.]+_qt_II$/);
  const { series } = (await (await call("GET", `/ecg/${id}/insights?series=waves`)).json()) as {
    series: { waves: { qrs_onset: number; t_end: number }[] };
  };
  const known = series.waves.map((beat) => `${beat.qrs_onset}_${beat.t_end}`);
  expect(known).toContain(/caliper=([\d.]+_[\d.]+)/.exec(page.url())?.[1]);
  expect(await findViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});
