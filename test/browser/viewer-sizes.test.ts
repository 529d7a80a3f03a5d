import { expect, it } from "vitest";
import { logIn } from "../support/chromium.ts";
import { postEcg } from "../support/session.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { eventually, hold, visit } from "../support/visit.ts";

const { url, user, call, browser, context, page, complaints } = await visit();

/** Goes to an address of the page, and waits for what it says of the paper. */
async function openEcg(id: string, query = ""): Promise<void> {
  await page.goto("about:blank");
  await page.goto(`${url}/#/ecg/${id}${query}`);
  await page.getByRole("img", { name: /^ECG of/ }).waitFor();
}

const heightOf = (selector: string) => page.locator(selector).evaluate((element) => element.clientHeight);

it("has dialogs that fit the screen, on a desk and on a phone", async () => {
  await page.goto(url);
  await logIn(page, user);
  const ecg = toEcgJson(syntheticEcg({ seconds: 60, samplingRate: 250 }));
  const id = await postEcg(call, { ...ecg, leads: [...ecg.leads, { ...ecg.leads[0], name: "W".repeat(64) }] });
  for (const width of [1300, 720, 390, 320]) {
    await page.setViewportSize({ width, height: 700 });
    await openEcg(id);
    await page.getByRole("button", { name: /HR/ }).waitFor();
    for (const [key, name] of [
      ["?", "Keys"],
      ["v", "View"],
      ["f", "Filters"],
      ["e", "Export"],
      ["g", "Go to a time"],
    ]) {
      await page.keyboard.press(key);
      const dialog = page.getByRole("dialog", { name });
      await dialog.waitFor();
      const beyond = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
      expect(`${name} at ${width}: ${beyond}`).toBe(`${name} at ${width}: 0`);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    }
  }
  // The lead that has no place among the twelve is said to be seen where it is.
  await page.setViewportSize({ width: 1300, height: 700 });
  await openEcg(id);
  await page.getByRole("img", { name: /^ECG of I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6: / }).waitFor();
  await page.getByRole("combobox", { name: "Layout" }).selectOption("Rows");
  await page.getByRole("img", { name: /^ECG of I, .*, V6, W{64}: / }).waitFor();
  expect(complaints).toEqual([]);
});

it.each([
  ["v", "View"],
  ["g", "Go to a time"],
])("keeps a dialog open that was asked for before the one that was closed is told of it: %s, %s", async (key, name) => {
  await page.keyboard.press("f");
  await page.getByRole("dialog", { name: "Filters" }).evaluate((dialog: HTMLDialogElement, key) => {
    dialog.close();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  }, key);
  const dialog = page.getByRole("dialog", { name });
  await dialog.waitFor();
  await page.getByRole("dialog", { name: "Filters" }).waitFor({ state: "detached" });
  expect(await dialog.isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await eventually(() => page.locator("dialog").count()).toBe(0);
});

it("has a bar that a ruler is held against, also where there is no room for 100 mm", async () => {
  const id = await postEcg(call, toEcgJson(syntheticEcg()));
  for (const [width, millimetres] of [
    [390, 30],
    [1300, 50],
  ]) {
    await page.setViewportSize({ width, height: 700 });
    await openEcg(id);
    await page.keyboard.press("v");
    await page.getByLabel(`True to a ruler: make the bar ${millimetres} mm long`).check();
    await page.getByLabel("Length of the bar").fill("600");
    const bar = await page.locator(".ruler").boundingBox();
    expect(bar?.width).toBeCloseTo(6 * millimetres, 0);
    const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("ecg-preferences") ?? "{}"));
    expect(kept).toMatchObject({ pixelsPer100Mm: 600 });
  }
  await page.getByLabel("All of the paper in the window").check();
});

it("does not move the paper when numbers and beats come", async () => {
  const id = await postEcg(call, toEcgJson(syntheticEcg({ seconds: 60, samplingRate: 250 })));
  for (const width of [1440, 1600, 390]) {
    await page.setViewportSize({ width, height: 800 });
    const letGo = await hold(page, /\/insights|\/kit-/);
    await openEcg(id);
    const before = await heightOf(".paper");
    await letGo();
    await page.getByRole("button", { name: /HR/ }).waitFor();
    await page.getByRole("img", { name: /^RR intervals/ }).waitFor();
    expect(`${width}: ${await heightOf(".paper")}`).toBe(`${width}: ${before}`);
  }
  expect(complaints).toEqual([]);
});

it("shows the whole recording below the paper as soon as less of it is seen", async () => {
  await page.setViewportSize({ width: 1300, height: 800 });
  const id = await postEcg(call, toEcgJson(syntheticEcg()));
  await openEcg(id, "?layout=3x4r");
  // By then all of it is known.
  await page.getByRole("button", { name: /HR/ }).waitFor();
  await page.keyboard.press("+");
  await page.getByRole("slider", { name: "Time in the whole recording" }).waitFor();
  const countInk = () =>
    page.locator(".overview canvas").evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const data = width > 0 ? canvas.getContext("2d")?.getImageData(0, 0, width, height).data : undefined;
      return data?.filter((value, i) => i % 4 === 3 && value > 0).length ?? 0;
    });
  await eventually(countInk).toBeGreaterThan(1000);
});

it("opens an ECG without a sampling rate with all of its samples, and says of no speed", async () => {
  const { sampling_rate, ...ecg } = toEcgJson(syntheticEcg());
  const id = await postEcg(call, ecg);
  await openEcg(id);
  await page.getByRole("img", { name: /: 5,000 samples from sample 0 on$/ }).waitFor();
  const speeds = page.getByLabel("Speed of the paper").locator("option");
  expect(await speeds.allTextContents()).toEqual(["All samples"]);
  await page.keyboard.press("+");
  await page.getByRole("img", { name: /: 3,333 samples from sample 833 on$/ }).waitFor();
  expect(await speeds.allTextContents()).toEqual(["3,333 samples a line", "All samples"]);
  await page.keyboard.press("g");
  await page.getByLabel("Number of the sample").fill("5001");
  await page.keyboard.press("Enter");
  await page.getByText("A sample up to number 5,000").waitFor();
  await page.getByLabel("Number of the sample").fill("5000");
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: /: 3,333 samples from sample 1,667 on$/ }).waitFor();
});

it("says of an ECG that does not say when it was recorded when it was received", async () => {
  const ecg = toEcgJson(syntheticEcg());
  const known = await postEcg(call, { ...ecg, date: "2026-01-31T09:30:00Z", subject: "P-1" });
  await openEcg(known);
  await page.getByRole("heading", { name: /^P-1 Jan 31, 2026/ }).waitFor();
  const unknown = await postEcg(call, { ...ecg, subject: "P-2" });
  await openEcg(unknown);
  await page.getByRole("heading", { name: /^P-2 received / }).waitFor();
  await page.getByRole("link", { name: "Back to the list" }).click();
  await page.getByRole("link", { name: /P-2 ?received / }).waitFor();
  await page.getByRole("link", { name: /P-1 ?Jan 31, 2026/ }).waitFor();
  expect(complaints).toEqual([]);
});

it("leaves the paper most of a phone that lies on its side, with what was measured beside it, too", async () => {
  await page.setViewportSize({ width: 800, height: 390 });
  const id = await postEcg(call, toEcgJson(syntheticEcg()));
  await openEcg(id);
  await page.getByRole("button", { name: /HR/ }).waitFor();
  expect(await heightOf(".paper")).toBeGreaterThan(300);
  await page.keyboard.press("i");
  await page.getByRole("complementary", { name: "What was measured" }).waitFor();
  await eventually(() => heightOf(".paper")).toBeGreaterThan(300);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  // What is beyond the edge of the line is there.
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("dialog", { name: "Export" }).waitFor();
  await page.keyboard.press("Escape");
  expect(complaints).toEqual([]);
});

it("cuts off no date and nothing that was found in the list, however narrow it is", async () => {
  await page.goto(`${url}/#/`);
  const whole = page.locator(".row :is(.who > :not(strong), .facts > :first-child, .measured > *)");
  for (const width of [1300, 901, 820, 680, 390, 320]) {
    await page.setViewportSize({ width, height: 700 });
    await page.locator(".row", { hasText: "P-2" }).waitFor();
    const cut = await whole.evaluateAll((all) =>
      all.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).map((one) => one.textContent),
    );
    expect(`${width}: ${cut.join()}`).toBe(`${width}: `);
  }
  expect(complaints).toEqual([]);
});

it("has the name and the date of an ECG whole and apart above it, however long the name is, and from whichever side it is read", async () => {
  const ecg = { ...toEcgJson(syntheticEcg()), date: "2026-01-31T09:30:00Z" };
  const german = await browser.newContext({ locale: "de-DE" });
  const read = await german.newPage();
  await read.goto(url);
  await logIn(read, user);
  for (const subject of ["W".repeat(64), "فاطمة الزهراء"]) {
    const id = await postEcg(call, { ...ecg, subject });
    for (const path of [`ecg/${id}`, `ecg/${id}/all`]) {
      await read.goto("about:blank");
      await read.goto(`${url}/#/${path}`);
      for (const width of [1300, 700, 390, 320]) {
        await read.setViewportSize({ width, height: 700 });
        const heading = read.getByRole("heading", { name: /31\.01\.2026/ });
        const [whole, name, date] = [heading, heading.locator("strong"), heading.locator("time")];
        const [bar, who, when] = [await whole.boundingBox(), await name.boundingBox(), await date.boundingBox()];
        if (!bar || !who || !when) throw new Error("The heading is not seen.");
        // A name of several lines may end before the date on the last one.
        const isBehind = who.height > 30 || when.x >= who.x + who.width || when.y >= who.y + who.height - 4;
        const isWhole = [who, when].every((box) => box.x >= bar.x && box.x + box.width <= width);
        const cut = await whole.evaluate((element) => element.scrollWidth - element.clientWidth);
        expect({ path, width, isBehind, isWhole, cut }).toEqual({ path, width, isBehind: true, isWhole: true, cut: 0 });
      }
    }
  }
  await german.close();
});

it("has buttons that a finger finds", async () => {
  const id = await postEcg(call, toEcgJson(syntheticEcg()));
  const phone = await browser.newContext({
    ...{ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
    storageState: await context.storageState(),
  });
  const touched = await phone.newPage();
  await touched.goto(`${url}/#/ecg/${id}`);
  await touched.getByRole("button", { name: /HR/ }).tap();
  await touched.getByRole("button", { name: "Beats", exact: true }).waitFor();
  const low = await touched
    .locator("button, select, .button")
    .evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().height < 36).map((one) => one.textContent));
  expect(low).toEqual([]);
  await phone.close();
});
