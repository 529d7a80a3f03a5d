import { beforeAll, expect, it } from "vitest";
import { logIn } from "../support/chromium.ts";
import { postEcg } from "../support/session.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { findViolations } from "../support/violations.ts";
import { eventually, readDownload, visit } from "../support/visit.ts";

const { url, user, call, page, complaints, sent } = await visit();

beforeAll(async () => {
  await page.goto(url);
  await logIn(page, user);
});

/** How many rows of the paper, behind the pulse, have the trace in them. */
function countRows(): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".paper canvas");
    const g = canvas?.getContext("2d");
    if (!canvas || !g) return 0;
    // Above the axis of time.
    const { data, width, height } = g.getImageData(200, 40, canvas.width - 400, canvas.height - 70);
    let rows = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = 4 * (y * width + x);
        if (data[at] + data[at + 1] + data[at + 2] >= 200) continue;
        rows++;
        break;
      }
    }
    return rows;
  });
}

it("filters what is seen, says so on the paper and in the address, and not where it cannot", async () => {
  // The hum of the mains, 1 mV high and low, on a level of 3 mV.
  const signal = Array.from(
    { length: 120 * 500 },
    (_, i) => 3000 + Math.round(1000 * Math.sin((2 * Math.PI * i) / 10)),
  );
  const id = await postEcg(call, { sampling_rate: 500, leads: [{ name: "V1", gain: 1000, signal }] });
  await page.goto(`${url}/#/ecg/${id}`);
  await page.getByRole("img", { name: /^ECG of V1/ }).waitFor();
  await eventually(countRows).toBeGreaterThan(40);
  // An ECG is opened once.
  expect(sent.filter((request) => request.url().endsWith("signals=none")).length).toBe(1);
  await page.keyboard.press("f");
  const dialog = page.getByRole("dialog", { name: "Filters" });
  await dialog.getByLabel("50 Hz", { exact: true }).check();
  await dialog.getByLabel(/^Without the wander/).check();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("img", { name: /Filters: from 0\.67 Hz, notch 50 Hz$/ }).waitFor();
  await eventually(countRows).toBeLessThan(8);
  await eventually(() => page.url()).toMatch(/\?filter=baseline&filter=notch50$/);
  await page.reload();
  await page.getByRole("button", { name: "from 0.67 Hz, notch 50 Hz" }).waitFor();
  await eventually(countRows).toBeLessThan(8);
  // A tile is 2,048 samples or more: the view has 10 s, and 4 s are felt on both sides.
  for (let i = 0; i < 6; i++) await page.keyboard.press("-");
  await page.getByRole("img", { name: /Not filtered: too much is seen at once$/ }).waitFor();
  await eventually(countRows).toBeGreaterThan(40);
  expect(complaints).toEqual([]);
});

it("follows an ECG that is being recorded, until one looks elsewhere, and again by a button", async () => {
  const beat = (i: number) => Math.round(1000 * Math.exp(-((((i % 250) - 125) / 5) ** 2)));
  const next = (offset: number, length: number) => Array.from({ length }, (_, i) => beat(offset + i));
  const id = await postEcg(call, { open: true, sampling_rate: 250, leads: [{ name: "II", gain: 1000, signal: [] }] });
  let offset = 0;
  const record = async (seconds: number) => {
    const samples = { leads: [{ name: "II", start_sample: offset, signal: next(offset, seconds * 250) }] };
    expect((await call("POST", `/ecg/${id}/samples`, samples)).status).toBe(200);
    offset += seconds * 250;
  };
  await page.goto(`${url}/#/ecg/${id}`);
  const sign = page.getByRole("status").filter({ hasText: /^Live$/ });
  await sign.waitFor();
  await record(20);
  await page.getByRole("img", { name: /: 10 s from 0:10\.\d on/ }).waitFor();
  await record(5);
  await page.getByRole("img", { name: /: 10 s from 0:15\.\d on/ }).waitFor();
  await eventually(countRows).toBeGreaterThan(20);
  // Of no samples nothing was measured; of what has come it is.
  await page.getByRole("button", { name: /HR 60 bpm/ }).waitFor();
  expect(await findViolations(page)).toEqual([]);

  sent.length = 0;
  await page.keyboard.press("Shift+ArrowLeft");
  const follow = page.getByRole("button", { name: "Follow" });
  await follow.waitFor();
  const view = await page.getByRole("img", { name: /^ECG of/ }).getAttribute("aria-label");
  await record(5);
  const polls = () => sent.filter((request) => request.url().endsWith("signals=none"));
  await eventually(async () =>
    (await Promise.all(polls().map((poll) => poll.response()))).map((one) => one?.status()),
  ).toContain(200);
  expect(await page.getByRole("img", { name: /^ECG of/ }).getAttribute("aria-label")).toBe(view);
  await follow.click();
  await page.getByRole("img", { name: /: 10 s from 0:20\.\d on/ }).waitFor();
  await eventually(async () =>
    (await Promise.all(polls().map((poll) => poll.response()))).map((one) => one?.status()),
  ).toContain(304);
  // Only what is new of the newest tile is fetched.
  sent.length = 0;
  await record(1);
  await page.getByRole("img", { name: /: 10 s from 0:21\.\d on/ }).waitFor();
  const windows = () => sent.flatMap((request) => new URL(request.url()).searchParams.get("start") ?? []);
  await eventually(windows).toContain(String((30 * 250 - 0.5) / 250));

  // Where nobody looks nothing is asked for; who looks again sees what is new at once.
  const hide = (isHidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  await hide(true);
  sent.length = 0;
  await record(2);
  await page.waitForTimeout(2500);
  expect(polls()).toEqual([]);
  await hide(false);
  await page.getByRole("img", { name: /: 10 s from 0:23\.\d on/ }).waitFor();

  await call("POST", `/ecg/${id}/close`);
  await page.getByRole("status").filter({ hasText: "Recording ended" }).waitFor({ timeout: 30_000 });
  expect(await findViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("shows all of an ECG that is being recorded further and further, and goes along to its next page", async () => {
  const rate = 100;
  const id = await postEcg(call, { open: true, sampling_rate: rate, leads: [{ name: "II", gain: 1000, signal: [] }] });
  let start = 0;
  const record = async (seconds: number) => {
    const signal = Array.from({ length: seconds * rate }, (_, i) => Math.round(500 * Math.sin((start + i) / 8)));
    const samples = { leads: [{ name: "II", start_sample: start, signal }] };
    expect((await call("POST", `/ecg/${id}/samples`, samples)).status).toBe(200);
    start += signal.length;
  };
  await record(20);
  await page.goto(`${url}/#/ecg/${id}/all?lines=30`);
  await page
    .getByRole("status")
    .filter({ hasText: /^Live$/ })
    .waitFor();
  await page.getByRole("img", { name: /^II from 0:00 to 0:20, a line a minute/ }).waitFor();
  sent.length = 0;
  await record(50);
  await page.getByRole("img", { name: /^II from 0:00 to 1:10, a line a minute/ }).waitFor();
  const ink = () =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>(".disclosure canvas");
      const { width = 0, height = 0 } = canvas ?? {};
      // The second line, of which there was nothing before.
      const data = canvas?.getContext("2d")?.getImageData(0, height / 2, width, height / 2).data ?? [];
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] + data[i + 1] + data[i + 2] < 200) count++;
      return count;
    });
  await eventually(ink).toBeGreaterThan(100);
  const windows = () => sent.flatMap((request) => new URL(request.url()).searchParams.get("end") ?? []);
  expect(windows()).toEqual(["70"]);
  await record(30 * 60);
  await page.getByRole("img", { name: /^II from 30:00 to 31:10, a line a minute/ }).waitFor();
  expect(page.url()).toMatch(/\/all\?minute=30&lines=30$/);
  await call("POST", `/ecg/${id}/close`);
  await page.getByRole("status").filter({ hasText: "Recording ended" }).waitFor({ timeout: 30_000 });
  expect(complaints).toEqual([]);
});

/** The file that a click has the browser save. */
async function saved(click: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), bytes: await readDownload(download) };
}

it("exports what is seen or all of it, as a file, a sheet, a picture and values", async () => {
  const id = await postEcg(call, {
    ...toEcgJson(syntheticEcg({ seconds: 40 })),
    subject: "P-1",
    date: "2026-01-31T09:30:00Z",
  });
  await page.goto(`${url}/#/ecg/${id}?t=10&filter=notch50&caliper=11_12__II`);
  await page.getByRole("img", { name: /^ECG of .*: 1\d(\.\d)? s from 0:10\.0 on\. Filters: notch 50 Hz$/ }).waitFor();
  await page.keyboard.press("e");
  const dialog = page.getByRole("dialog", { name: "Export" });
  const save = (name: string) => saved(() => dialog.getByRole("button", { name, exact: true }).click());
  expect(await findViolations(page)).toEqual([]);

  const whole = await save("JSON");
  expect(JSON.parse(whole.bytes.toString()).leads[0].signal.length).toBe(40 * 500);
  await dialog.getByText("JSON is saved.").waitFor();
  const letter = await save("PDF, Letter");
  expect(letter.bytes.toString("latin1")).toContain("/MediaBox [0 0 792 612]");
  expect(letter.name).toBe(`ecg-20260131-093000-${id.slice(-6)}.pdf`);

  await dialog.getByLabel(/^What is seen: 0:10\.0 to 0:2/).check();
  const part = await save("CSV, ADC units");
  const lines = part.bytes.toString().trim().split(/\r?\n/).length - 1;
  const { seconds } = await page.evaluate(() => {
    const label = document.querySelector(".paper .over")?.getAttribute("aria-label") ?? "";
    return { seconds: Number(/: ([\d.]+) s from/.exec(label)?.[1]) };
  });
  expect(Math.abs(lines / 500 - seconds)).toBeLessThan(0.1);
  const svg = await save("SVG");
  expect(svg.bytes.toString()).toMatch(/^<svg|^<\?xml/);

  const png = await save("PNG of the view");
  expect([...png.bytes.subarray(1, 4)]).toEqual([...Buffer.from("PNG")]);
  const paper = await page.evaluate(() => document.querySelector<HTMLCanvasElement>(".paper canvas")?.height ?? 0);
  expect(png.bytes.readUInt32BE(20)).toBe(paper + 60);
  const csv = await save("Measurements, CSV");
  expect(csv.bytes.toString()).toMatch(/^group,measure,value[^\n]*\r\n(.*\r\n)*intervals,QRS,\d/);
  const calipers = await save("Calipers, CSV");
  expect(calipers.bytes.toString()).toMatch(/\r\n1,span,II,11,12,1000,60,-?[\d.]+,mV,,,,,,Filters: notch 50 Hz\r\n$/);
  expect((await save("Beats, WFDB annotations")).bytes.length).toBeGreaterThan(60);
  expect(complaints).toEqual([]);
});

it("says in words what a format cannot carry, and puts what is long on the disk", async () => {
  const id = await postEcg(call, { sampling_rate: 250, leads: [{ name: "Chin", gain: 100, signal: [1, null, 3] }] });
  await page.goto(`${url}/#/ecg/${id}`);
  await page.getByRole("img", { name: /^ECG of Chin/ }).waitFor();
  await page.keyboard.press("e");
  const dialog = page.getByRole("dialog", { name: "Export" });
  await dialog.getByRole("button", { name: "EDF+" }).click();
  await dialog
    .getByRole("alert")
    .filter({ hasText: /^EDF\+: .*missing/ })
    .waitFor();
  expect(complaints.filter((text) => !/status of 406/.test(text))).toEqual([]);
  complaints.length = 0;

  // A browser that writes files, and an answer that is longer than what is kept in memory.
  await page.evaluate(() => {
    const written: number[] = [];
    Object.assign(window, {
      written,
      showSaveFilePicker: async ({ suggestedName }: { suggestedName: string }) => ({
        createWritable: async () => {
          document.title = suggestedName;
          return new WritableStream({ write: (part: Uint8Array) => void written.push(part.length) });
        },
      }),
    });
  });
  await page.route(/signals=none$/, async (route) => {
    const answer = await route.fetch();
    const summary = await answer.json();
    summary.leads[0].n_samples = 5_000_000;
    await route.fulfill({ response: answer, json: summary });
  });
  await page.keyboard.press("Escape");
  await page.evaluate(() => {
    location.hash = "#/";
  });
  await page.getByRole("list", { name: "ECGs" }).waitFor();
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/ecg/${id}`);
  await page.getByRole("img", { name: /^ECG of Chin/ }).waitFor();
  await page.keyboard.press("e");
  await dialog.getByRole("button", { name: "JSON" }).click();
  await dialog.getByText("JSON is saved.").waitFor();
  expect(await page.title()).toBe(`ecg-${id.slice(-6)}.json`);
  expect(await page.evaluate(() => (window as unknown as { written: number[] }).written.length)).toBeGreaterThan(0);
  await page.unroute(/signals=none$/);
});

it("prints the paper alone, with what it is of", async () => {
  await page.emulateMedia({ media: "print" });
  expect(await page.locator(".bar").isVisible()).toBe(false);
  expect(await page.locator(".printed").textContent()).toMatch(/mm\/s · 10 mm\/mV · Filters: none/);
  expect(await page.locator(".printed").isVisible()).toBe(true);
  await page.emulateMedia({ media: "screen" });
});

it("prints one sheet, true to scale and by day's colours, whatever is open beside the paper", async () => {
  const id = await postEcg(call, { ...toEcgJson(syntheticEcg({ seconds: 60 })), subject: "P-9" });
  await page.evaluate(() => localStorage.setItem("ecg-preferences", '{"staysLoggedIn":true,"nightPaper":true}'));
  await page.goto("about:blank");
  // Of the ECG that was said to be longer than it is more may have been asked for than there is.
  complaints.length = 0;
  await page.goto(`${url}/#/ecg/${id}`);
  await page.getByRole("button", { name: /HR/ }).click();
  await page.getByRole("complementary", { name: "What was measured" }).waitFor();
  const countSheets = async () => {
    const pdf = await page.pdf({ preferCSSPageSize: true, format: "Letter" });
    return pdf.toString("latin1").match(/\/Type \/Page\b/g)?.length;
  };
  expect(await countSheets()).toBe(1);

  // A print is made as soon as the page has been told of it: nothing else comes between. What is not painted is neither light nor dark.
  const lightness = (place: string, told?: string) =>
    page.evaluate(
      ([selector, type]) => {
        if (type) dispatchEvent(new Event(type));
        const canvas = document.querySelector<HTMLCanvasElement>(selector ?? "");
        const last = canvas?.getContext("2d")?.getImageData(canvas.width - 1, canvas.height - 1, 1, 1).data;
        return last && last[3] > 0 ? last[0] : 128;
      },
      [place, told],
    );
  for (const [place, path] of [
    [".paper canvas", `ecg/${id}?speed=12.5`],
    [".disclosure canvas", `ecg/${id}/all`],
  ]) {
    await page.goto(`${url}/#/${path}`);
    await page.locator(place).first().waitFor();
    await eventually(() => lightness(place)).toBeLessThan(60);
    expect(await lightness(place, "beforeprint")).toBeGreaterThan(240);
    await lightness(place, "afterprint");
    await eventually(() => lightness(place)).toBeLessThan(60);
    await page.emulateMedia({ media: "print" });
    expect(await page.locator(".printed").textContent()).toMatch(/^\u2068P-9\u2069 · .* · no diagnosis$/);
    expect(await page.locator(".printed").isVisible()).toBe(true);
    await page.emulateMedia({ media: "screen" });
  }
  await page.evaluate(() => localStorage.setItem("ecg-preferences", '{"staysLoggedIn":true}'));
  await page.goto("about:blank");
  await page.goto(`${url}/#/ecg/${id}`);
  await page.getByRole("img", { name: /^ECG of/ }).waitFor();
  const paper = page.getByRole("img", { name: /^ECG of/ });
  const [says, width] = await paper.evaluate((canvas: HTMLElement) => [
    canvas.getAttribute("aria-label") ?? "",
    canvas.style.getPropertyValue("--true-width"),
  ]);
  // 25 mm a second, behind the room of the pulse, and a tenth of a second more or less.
  expect(Number.parseFloat(width)).toBeCloseTo(25 * Number(/: ([\d.]+) s from/.exec(says)?.[1]) + 10, -0.8);
  expect(complaints).toEqual([]);
});

it("compares two ECGs of a subject: over each other at one scale, average beats and values", async () => {
  const send = (seconds: number, heartRate: number, date: string) =>
    postEcg(call, { ...toEcgJson(syntheticEcg({ seconds, heartRate })), subject: "P-2", date });
  const later = await send(10, 90, "2026-03-01T09:00:00Z");
  const earlier = await send(30, 60, "2026-02-01T09:00:00Z");
  await call("PATCH", `/ecg/${earlier}`, { note: "A note that is longer than a line. ".repeat(20) });
  await postEcg(call, { ...toEcgJson(syntheticEcg()), subject: "P-3" });
  await page.goto(`${url}/#/ecg/${later}?gain=20`);
  await page.getByRole("img", { name: /^ECG of/ }).waitFor();
  await page.keyboard.press("d");
  const others = page.getByRole("list", { name: "Other ECGs of P-2" });
  await others.waitFor();
  expect(await others.getByRole("link").count()).toBe(1);
  expect(await findViolations(page)).toEqual([]);
  await others.getByRole("link").press("Enter");
  expect(page.url()).toBe(`${url}/#/compare/${earlier}/${later}?gain=20`);
  const papers = page.getByRole("img", { name: /^ECG of/ });
  await eventually(() => papers.count()).toBe(2);
  const labels = () => papers.evaluateAll((list) => list.map((one) => one.getAttribute("aria-label")?.split(": ")[1]));
  await eventually(labels).toEqual(["10 s from 0:00.0 on", "10 s from 0:00.0 on"]);
  const gridOf = () =>
    page.locator(".paper canvas:not(.over)").evaluateAll((list) =>
      list.map((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        return `${width} ${height}`;
      }),
    );
  const [upper, lower] = await gridOf();
  expect(upper).toBe(lower);
  const [link, heading] = [page.getByRole("link", { name: "Read it" }), page.locator(".half h2")].map((one) =>
    one.first(),
  );
  const rightOf = async (one: typeof link) => one.evaluate((element) => element.getBoundingClientRect().right);
  expect(await rightOf(link)).toBeLessThan(await rightOf(heading));

  // Average beats and values.
  await page
    .getByRole("img", {
      name: /^Average beats over each other in I, II, .*: of \d\d beats of the upper ECG, of 1\d beats/,
    })
    .waitFor();
  const rate = page.getByRole("row", { name: /^heart rate bpm/ });
  const cells = (await rate.getByRole("cell").allTextContents()).map((text) => Number(text.replace("−", "-")));
  expect(cells[2]).toBeCloseTo(cells[1] - cells[0], 0);
  expect(cells[2]).toBeGreaterThan(25);
  expect(await findViolations(page)).toEqual([]);

  // Together, then the lower one alone.
  await page.keyboard.press("+");
  await page.keyboard.press("ArrowRight");
  await eventually(async () => new Set(await labels()).size).toBe(1);
  expect((await labels())[0]).not.toMatch(/ 0:00\.0/);
  await page.keyboard.press("t");
  await page.getByLabel("Move together").waitFor();
  expect(await page.getByLabel("Move together").isChecked()).toBe(false);
  await page.keyboard.press("o");
  await page.keyboard.press("Home");
  await eventually(async () => (await labels())[1]).toMatch(/ 0:00\.0 on$/);
  expect((await labels())[0]).not.toMatch(/ 0:00\.0/);
  await eventually(() => page.url()).toMatch(/[?&]t=[^#]*layout=3x4&gain=20&apart=$/);
  const seen = await labels();
  await page.reload();
  await eventually(labels).toEqual(seen);
  expect(complaints).toEqual([]);
});

it("is without a violation in the dark, and on a phone", async () => {
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await findViolations(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 780 });
  await page
    .getByRole("img", { name: /^ECG of/ })
    .first()
    .waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.getByRole("link", { name: "Read it" }).first().click();
  await page.getByRole("img", { name: /^ECG of/ }).waitFor();
  for (const key of ["f", "e", "d"]) {
    await page.keyboard.press(key);
    await page.getByRole("dialog").waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
});
