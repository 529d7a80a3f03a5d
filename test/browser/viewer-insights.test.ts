import { beforeAll, expect, it } from "vitest";
import { logIn } from "../support/chromium.ts";
import { postEcg } from "../support/session.ts";
import { findViolations } from "../support/violations.ts";
import { eventually, visit } from "../support/visit.ts";

const { url, user, call, page, complaints } = await visit();

const RATE = 250;
/** Every beat is at a whole second but for wide ones that come early. */
const WIDE = [7.5, 8.1, 8.7, 9.3, 100.5];
const SECONDS = 130;
const DATE = "2026-01-31T09:30:00Z";

beforeAll(async () => {
  await page.goto(url);
  await logIn(page, user);
});

/** A beat of P, QRS and T, or a wide one, in millivolts. */
function heightOf(seconds: number, isWide: boolean): number {
  const wave = (at: number, width: number, height: number) => height * Math.exp(-(((seconds - at) / width) ** 2));
  if (isWide) return wave(0, 0.06, 2) + wave(0.3, 0.08, -0.6);
  return wave(-0.16, 0.025, 0.15) + wave(0, 0.012, 1.2) + wave(0.03, 0.01, -0.25) + wave(0.28, 0.05, 0.3);
}

/** Two leads with a run of wide beats, one alone, and twenty seconds in the second lead in which it is flat. */
function postBeats(): Promise<string> {
  const beats = Array.from({ length: SECONDS }, (_, i) => i + 0.5).filter(
    (time) => !WIDE.some((wide) => Math.abs(wide - time) < 0.45),
  );
  const signal = Array.from({ length: SECONDS * RATE }, (_, i) => {
    const time = i / RATE;
    const height = (times: number[], isWide: boolean) =>
      times.reduce((sum, at) => (Math.abs(time - at) < 0.5 ? sum + heightOf(time - at, isWide) : sum), 0);
    return Math.round(1000 * (height(beats, false) + height(WIDE, true)) + 4 * Math.sin(i * 1.7));
  });
  const other = signal.map((value, i) => (i >= 40 * RATE && i < 60 * RATE ? 0 : Math.round(value * 0.7)));
  const leads = [
    { name: "II", gain: 1000, signal },
    { name: "V1", gain: 1000, signal: other },
  ];
  return postEcg(call, {
    sampling_rate: RATE,
    leads,
    date: DATE,
    note: "Chest pain since 6:00",
    device: "CardioPatch 3",
  });
}

/** The pixels over the paper that have a colour, more or less. */
function countOver(red: number, green: number, blue: number): Promise<number> {
  return page.evaluate(
    (colour) => {
      const canvas = document.querySelector<HTMLCanvasElement>(".paper .over");
      const data = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] > 200 && colour.every((value, part) => Math.abs(data[i + part] - value) < 12)) count++;
      }
      return count;
    },
    [red, green, blue],
  );
}

const VENTRICULAR = [194, 65, 12] as const;

it("has the four numbers in the bar, and behind them how each was measured", async () => {
  const id = await postBeats();
  await page.goto(`${url}/#/ecg/${id}`);
  const numbers = page.getByRole("button", { name: /HR.*PR.*QRS.*QTc/ });
  await numbers.waitFor();
  const { heart_rate } = (await (await call("GET", `/ecg/${id}/insights`)).json()) as { heart_rate: { mean: number } };
  expect(await numbers.textContent()).toContain(`HR ${Math.round(heart_rate.mean)} bpm`);
  expect(await numbers.getAttribute("aria-expanded")).toBe("false");
  await numbers.click();
  expect(await numbers.getAttribute("aria-expanded")).toBe("true");
  const measures = page.getByRole("region", { name: "Measures" });
  await measures.getByText("no diagnosis").waitFor();
  for (const said of ["Note Chest pain since 6:00", "Device CardioPatch 3", "Signals 2 leads · 2 min 10 s · 250 Hz"])
    await measures.getByRole("row", { name: said }).waitFor();
  await measures.getByRole("row", { name: /^QTc Bazett/ }).waitFor();
  await measures.getByRole("row", { name: /^T — Not judged/ }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await measures.waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
});

it("colours beats that are not normal, with their letters, and marks waves when asked", async () => {
  await page.keyboard.press("Home");
  await eventually(() => countOver(...VENTRICULAR)).toBeGreaterThan(200);
  await page.keyboard.press("b");
  await eventually(() => countOver(...VENTRICULAR)).toBe(0);
  await page.keyboard.press("b");
  const P_WAVE = [47, 158, 143] as const;
  expect(await countOver(...P_WAVE)).toBe(0);
  await page.keyboard.press("w");
  await eventually(() => countOver(...P_WAVE)).toBeGreaterThan(50);
  await page.keyboard.press("w");
  const clock = await page.evaluate(
    (date) =>
      new Date(date).toLocaleTimeString([], {
        hourCycle: "h23",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
      }),
    DATE,
  );
  await page.keyboard.press("Home");
  await page.getByText(`from ${clock}`, { exact: true }).waitFor();
  // A minute later by the clock is in the middle of what is seen.
  const [hour, minute, second] = clock.split(":").map(Number);
  await page.keyboard.press("g");
  await page.getByLabel("or time of day").fill("3:99");
  await page.keyboard.press("Enter");
  await page.getByText(/^A time of day of the 2 min 10 s from /).waitFor();
  await page.getByLabel("or time of day").fill(`${hour}:${minute + 1}:${String(second).padStart(2, "0")}`);
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: /from 0:5\d\.\d on/ }).waitFor();
  await page.keyboard.press("Home");
  expect(complaints).toEqual([]);
});

it("goes from event to event by keys and by clicks", async () => {
  await page.keyboard.press("i");
  await page.getByRole("button", { name: "Events", exact: true }).click();
  const events = page.getByRole("region", { name: "Events" });
  const run = events.getByRole("button", { name: /Ventricular run/ });
  await run.waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press("End");
  await run.click();
  await page.getByRole("img", { name: /^ECG of II, V1: .* from 0:0[0-3]\.\d on/ }).waitFor();
  expect(await run.getAttribute("aria-current")).toBe("true");
  await page.keyboard.press("N");
  await page.keyboard.press("N");
  await page.keyboard.press("N");
  await page.keyboard.press("N");
  await page.getByRole("img", { name: /from 1:3\d\.\d on/ }).waitFor();
  await page.keyboard.press("P");
  await page.getByRole("img", { name: /from 0:0\d\.\d on/ }).waitFor();
  const current = () => events.locator("[aria-current=true]").first().textContent();
  const items = events.getByRole("listitem");
  const [first, last] = [await items.first().textContent(), await items.last().textContent()];
  await items.first().getByRole("button").click();
  await eventually(current).toBe(first);
  await page.keyboard.press("n");
  await eventually(current).not.toBe(first);
  await page.keyboard.press("n");
  await page.keyboard.press("n");
  await eventually(current).toBe(last);
  for (let i = 0; i < 3; i++) await page.keyboard.press("p");
  await eventually(current).toBe(first);
  // Of a list that is longer than its room that is seen to which keys lead.
  await page.setViewportSize({ width: 1300, height: 330 });
  const bottom = async () => {
    const [list, item] = [await events.boundingBox(), await events.locator("[aria-current=true]").last().boundingBox()];
    return list && item && Math.round(list.y + list.height - item.y - item.height);
  };
  for (let i = 0; i < 3; i++) await page.keyboard.press("n");
  await eventually(current).toBe(last);
  await eventually(bottom).toBeGreaterThanOrEqual(0);
  for (let i = 0; i < 3; i++) await page.keyboard.press("p");
  await eventually(current).toBe(first);
  await page.setViewportSize({ width: 1300, height: 850 });
  expect(complaints).toEqual([]);
});

it("goes through the single ventricular beats, and not those of a run", async () => {
  const singles = page.getByRole("region", { name: "Single ventricular beats" });
  await singles.getByText("1 single ventricular beat").waitFor();
  await page.keyboard.press("Home");
  await page.getByRole("img", { name: /from 0:00\.0 on/ }).waitFor();
  await singles.getByRole("button", { name: "Next" }).click();
  await page.getByRole("img", { name: /from 1:3\d\.\d on/ }).waitFor();
  await singles.getByText("1 of 1 single ventricular beat").waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("draws intervals over time, where a click goes there, in pairs and by length, and average beats", async () => {
  await page.getByRole("button", { name: "Beats", exact: true }).click();
  const beats = page.getByRole("region", { name: "Beats" });
  await beats.getByRole("img", { name: /^Each RR interval over the one before: 1\d\d intervals/ }).waitFor();
  await beats.getByRole("img", { name: /^How many RR intervals/ }).waitFor();
  await beats.getByRole("img", { name: /^The average of 1\d\d beats in 2 leads: P \d+ ms, QRS/ }).waitFor();
  const strip = page.locator(".rr").getByRole("img", { name: /^RR intervals over time/ });
  const box = await strip.boundingBox();
  await strip.click({ position: { x: (box?.width ?? 0) * (100 / SECONDS), y: 20 } });
  await page.getByRole("img", { name: /from 1:3\d\.\d on/ }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("has ST of each lead in a table", async () => {
  await page.getByRole("button", { name: "ST", exact: true }).click();
  await page.getByRole("row", { name: /^II [+−]?0\.\d\d .* \d+$/ }).waitFor();
  await page.getByRole("row", { name: /^V1 / }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press("i");
  expect(complaints).toEqual([]);
});

it("shows all of it, a line a minute, and goes to what is clicked", async () => {
  await page.keyboard.press("a");
  const lines = page.getByRole("img", { name: /^II from 0:00 to 2:10, a line a minute: \d+ beats, 5 ventricular/ });
  await lines.waitFor();
  const isColoured = () =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>(".disclosure canvas");
      const data = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] > 150 && data[i + 1] < 90 && data[i + 2] < 40) count++;
      return count;
    });
  await eventually(isColoured).toBeGreaterThan(20);
  expect(await findViolations(page)).toEqual([]);
  await page.getByLabel("Lines of a page").selectOption("30");
  await eventually(() => page.url()).toMatch(/\/all\?lines=30$/);
  const box = await lines.boundingBox();
  await lines.click({ position: { x: (box?.width ?? 0) * (40 / 60), y: (box?.height ?? 0) * 0.5 } });
  // In the second of three lines, at its 40th second, with five seconds before that.
  await page.getByRole("img", { name: /^ECG of II, V1: .* from 1:35\.\d on/ }).waitFor();
  expect(complaints).toEqual([]);
});
