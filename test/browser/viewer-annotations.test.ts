import { beforeAll, expect, it } from "vitest";
import { logIn } from "../support/chromium.ts";
import { postEcg } from "../support/session.ts";
import { findViolations } from "../support/violations.ts";
import { eventually, visit } from "../support/visit.ts";

const EVIL = "<img src=x onerror=alert(1)>";
const RATE = 250;
/** Beats of the ECG, in seconds: one a second, of which that at 4 s is said to be ventricular. */
const BEATS = Array.from({ length: 19 }, (_, i) => i + 1);

const { url, user, call, page, complaints } = await visit();
let id: string;

beforeAll(async () => {
  id = await post();
  await page.addInitScript(() => {
    localStorage.setItem("ecg-preferences", JSON.stringify({ staysLoggedIn: true, pixelsPer100Mm: 400 }));
  });
  await page.goto(url);
  await logIn(page, user);
});

/** 20 s of beats as narrow as those of an ECG. */
function newBeats(): number[] {
  return Array.from({ length: 20 * RATE }, (_, i) => {
    const fromPeak = (((i + RATE / 2) % RATE) - RATE / 2) / RATE;
    return i < RATE / 2 ? 0 : Math.round(1000 * Math.exp(-((fromPeak / 0.02) ** 2)));
  });
}

/** Sends these beats, and what the file's own annotator says of them. */
async function post(): Promise<string> {
  const leads = [{ name: "II", gain: 1000, signal: newBeats() }];
  const posted = await postEcg(call, { sampling_rate: RATE, leads });
  const items = [
    { time: 0.4, code: "+", text: "(N" },
    ...BEATS.map((time) => ({ time, code: time === 4 ? "V" : "N" })),
    { time: 6.5, code: '"', text: EVIL, lead: "II" },
  ];
  await call("PUT", `/ecg/${posted}/annotations/atr`, { items });
  return posted;
}

type Item = { time: number; code?: string; text?: string };

async function readItems(annotator: string): Promise<Item[]> {
  const answer = await call("GET", `/ecg/${id}/annotations/${annotator}?format=json`);
  return ((await answer.json()) as { items: Item[] }).items;
}

const drawer = () => page.getByRole("complementary", { name: "What was measured" });
const editing = () => page.getByRole("region", { name: "Editing" });
const inView = () => page.getByRole("list", { name: "Annotations in view" }).getByRole("listitem");

/** The edited annotation that is selected, as the page says it. */
const selected = () => editing().getByRole("status").textContent();

it("shows the file's own annotations, and says them as text alone", async () => {
  await page.goto(`${url}/#/ecg/${id}?layout=rows`);
  await page.getByRole("img", { name: /^ECG of/ }).waitFor();
  await page.keyboard.press("t");
  await drawer()
    .getByRole("checkbox", { name: /^atr 21$/ })
    .waitFor();
  await drawer()
    .getByRole("button", { name: /annotations in view$/ })
    .click();
  await eventually(() => inView().count()).toBeGreaterThan(8);
  await inView().filter({ hasText: EVIL }).waitFor();
  expect(await page.locator("img").count()).toBe(0);
  expect(await inView().first().textContent()).toBe("0:00.40+ (N rhythm change, atr");
  expect(await findViolations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await findViolations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "light" });
  await drawer().getByRole("checkbox", { name: /^atr/ }).uncheck();
  await eventually(() => inView().count()).toBe(0);
  await drawer().getByRole("checkbox", { name: /^atr/ }).check();
  expect(complaints).toEqual([]);
});

it("finds annotations by a code, or by words of their text, all over the ECG", async () => {
  const finding = drawer().getByRole("region", { name: "Find annotations" });
  await finding.getByLabel("Code or text").fill("V");
  await page.keyboard.press("Enter");
  await finding.getByText("1 of 1", { exact: true }).waitFor();
  await finding.getByRole("button", { name: "Next" }).click();
  await finding.getByText("None of 1 is further on.").waitFor();
  await finding.getByLabel("Code or text").fill("(n");
  await finding.getByRole("button", { name: "Previous" }).click();
  await finding.getByText("1 of 1", { exact: true }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("edits by keys: codes, new ones at the cursor, moves, removals and their undoing", async () => {
  await drawer().getByRole("button", { name: "Edit the annotations of atr" }).click();
  await editing().getByRole("heading", { name: "Editing atr" }).waitFor();
  await page.locator(".paper").focus();
  // The third annotation: the beat at 2 s.
  for (let i = 0; i < 3; i++) await page.keyboard.press(".");
  await eventually(selected).toBe("normal beat at 0:02.000");
  await page.keyboard.press("Shift+S");
  await eventually(selected).toBe("supraventricular premature beat at 0:02.000");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await eventually(selected).toMatch(/at 0:02\.0[1-3]\d$/);
  // Two steps of one move are undone at once.
  await page.keyboard.press("z");
  await eventually(selected).toBe("supraventricular premature beat at 0:02.000");
  await page.keyboard.press("z");
  await eventually(selected).toBe("normal beat at 0:02.000");
  await page.keyboard.press("Shift+Z");
  await page.keyboard.press("Delete");
  await eventually(selected).toMatch(/^20 annotations/);
  await page.keyboard.press("z");
  await eventually(selected).toBe("supraventricular premature beat at 0:02.000");
  await page.keyboard.press("Escape");
  await page.keyboard.press("x");
  await page.keyboard.press("/");
  await eventually(selected).toMatch(/^paced beat at 0:0\d/);
  await editing().getByLabel("Text").fill(EVIL);
  await editing().getByLabel("Text").press("Tab");
  expect(await findViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("selects and moves by the mouse, with a snap to the peak", async () => {
  const canvas = (await page.locator(".paper .over").boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  // Where the page has written the codes of the beats, by the ink of the paper's labels below the trace.
  const strip = await page.evaluate(() => {
    const over = document.querySelector<HTMLCanvasElement>(".paper .over");
    const { width, data } = over?.getContext("2d")?.getImageData(0, 0, over.width, over.height) ?? {
      width: 1,
      data: [],
    };
    const rows = new Map<number, number>();
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] < 60 && data[i + 1] < 60 && data[i + 2] < 60 && data[i + 3] > 200) {
        const y = Math.floor(i / 4 / width);
        rows.set(y, (rows.get(y) ?? 0) + 1);
      }
    }
    const [y] = [...rows].sort((a, b) => b[1] - a[1])[0];
    return { y };
  });
  const left = 40;
  const place = { x: canvas.x + left + 300, y: canvas.y + strip.y };
  await page.mouse.move(place.x, place.y);
  await page.mouse.down();
  await page.mouse.up();
  await eventually(selected).toBe("normal beat at 0:03.000");
  await page.mouse.move(place.x, place.y);
  await page.mouse.down();
  // With Alt nothing snaps: 40 pixels are 0.4 s.
  await page.keyboard.down("Alt");
  await page.mouse.move(place.x + 40, place.y);
  await page.mouse.up();
  await page.keyboard.up("Alt");
  await eventually(selected).toBe("normal beat at 0:03.400");
  await page.mouse.move(place.x + 40, place.y);
  await page.mouse.down();
  await page.mouse.move(place.x + 20, place.y);
  await page.mouse.move(place.x + 1, place.y);
  await page.mouse.up();
  await eventually(selected).toBe("normal beat at 0:03.000");
  expect(complaints).toEqual([]);
});

it("saves under a name, never over what others have saved meanwhile", async () => {
  await editing().getByLabel("Save as").fill("mine");
  await editing().getByRole("button", { name: "Save", exact: true }).click();
  await drawer().getByText("Saved as mine.").waitFor();
  await drawer()
    .getByRole("checkbox", { name: /^mine 22$/ })
    .waitFor();
  const items = await readItems("mine");
  expect(items).toHaveLength(22);
  expect(items.filter(({ code }) => code === "S")).toEqual([{ annotator: "mine", time: 2, code: "S" }]);
  expect(items.find(({ code }) => code === "/")).toMatchObject({ text: EVIL });

  // Somebody else saves in the meantime.
  await call("PUT", `/ecg/${id}/annotations/mine`, { items: [{ time: 1, code: "N" }] });
  await page.locator(".paper").focus();
  await page.keyboard.press(",");
  await page.keyboard.press("Delete");
  await editing().getByRole("button", { name: "Save", exact: true }).click();
  const alert = editing().getByRole("alert");
  await alert.getByText("The annotations of mine were changed elsewhere since they were read here.").waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(await readItems("mine")).toHaveLength(1);
  await editing().getByLabel("Save as").fill("atr");
  await editing().getByRole("button", { name: "Save", exact: true }).click();
  await alert.getByText("There are annotations of atr already.").waitFor();
  await editing().getByLabel("Save as").fill("ours");
  await editing().getByRole("button", { name: "Save", exact: true }).click();
  await drawer().getByText("Saved as ours.").waitFor();
  expect(await readItems("ours")).toHaveLength(21);
  expect((await readItems("atr"))[3]).toMatchObject({ time: 3, code: "N" });
  await editing().getByRole("button", { name: "Done" }).click();
  // The refusals are in the console by the browser's own habit.
  expect(complaints.filter((text) => !/status of 412/.test(text))).toEqual([]);
});

it("lists the disagreements of two annotators, and goes from one to the next", async () => {
  const comparison = page.getByRole("region", { name: "Comparison" });
  await comparison.getByLabel("Reference").selectOption("atr");
  await comparison.getByLabel("With").selectOption("mine");
  await comparison.getByRole("button", { name: "Compare" }).click();
  // Of 19 beats the other one has the first.
  await comparison.getByRole("row", { name: "All beats 5.26 % 100 % 18 0" }).waitFor();
  const items = comparison.getByRole("list", { name: "Disagreements" }).getByRole("listitem");
  expect(await items.count()).toBe(18);
  expect(await items.nth(2).textContent()).toBe("0:04.00atr: V, ventricular premature beat mine: no beat");
  const current = () => comparison.locator("[aria-current=true]").textContent();
  await comparison.getByRole("button", { name: "Next" }).click();
  await eventually(current).toMatch(/^0:02\.00/);
  await page.locator(".paper").focus();
  await page.keyboard.press("u");
  await eventually(current).toMatch(/^0:03\.00/);
  for (let i = 0; i < 16; i++) await page.keyboard.press("u");
  await eventually(current).toMatch(/^0:19\.00/);
  await page.keyboard.press("Shift+U");
  await eventually(current).toMatch(/^0:18\.00/);
  await page.getByRole("img", { name: /from 0:(0[89]|1\d)\.\d on$/ }).waitFor();
  expect(await findViolations(page)).toEqual([]);

  await comparison.getByLabel("With").selectOption("insights");
  await comparison.getByRole("button", { name: "Compare" }).click();
  await comparison.getByText("found here against atr, by EC57").waitFor();
  expect(complaints).toEqual([]);
});

it("marks a pacemaker's spikes, lists them, and goes from one to the next", async () => {
  const spikes = BEATS.map((time) => time - 0.16);
  const signal = newBeats();
  for (const time of spikes) signal[Math.round(time * RATE)] += 15_000;
  const paced = await postEcg(call, { sampling_rate: RATE, leads: [{ name: "II", gain: 1000, signal }] });
  await page.goto(`${url}/#/ecg/${paced}?layout=rows`);
  await page.getByRole("img", { name: /^ECG of/ }).waitFor();
  await page.keyboard.press("i");
  await drawer().getByRole("row", { name: "Pacing spikes seen" }).waitFor();
  await drawer().getByRole("button", { name: "Beats", exact: true }).click();
  const pacing = drawer().getByRole("region", { name: "Pacing" });
  await pacing.getByText("19 spikes").waitFor();
  const items = pacing.getByRole("listitem");
  expect(await items.first().textContent()).toBe("0:00.840Spike");
  await items.nth(12).getByRole("button").click();
  await page.getByRole("img", { name: /from 0:0[5-9]\.\d on$/ }).waitFor();
  await pacing.getByRole("button", { name: "Next" }).click();
  await eventually(() => pacing.locator("[aria-current=true]").textContent()).toBe("0:13.840Spike");
  // The violet of the marks is on the paper.
  const count = () =>
    page.evaluate(() => {
      const over = document.querySelector<HTMLCanvasElement>(".paper .over");
      const data = over?.getContext("2d")?.getImageData(0, 0, over.width, over.height).data ?? [];
      let found = 0;
      for (let i = 0; i < data.length; i += 4)
        if (data[i] === 124 && data[i + 1] === 58 && data[i + 2] === 237) found++;
      return found;
    });
  await eventually(count).toBeGreaterThan(100);
  expect(await findViolations(page)).toEqual([]);
  await drawer().getByRole("button", { name: "Events", exact: true }).click();
  await drawer()
    .getByRole("listitem")
    .filter({ hasText: /^0:01Pac/ })
    .waitFor();
  expect(complaints).toEqual([]);
});
