import { beforeAll, expect, it } from "vitest";
import { postEcg } from "../support/session.ts";
import { visit } from "../support/visit.ts";

/** Samples in a second, of a peak of 1 mV at each whole second. */
const RATE = 500;
/** So many keys are enough to come anywhere. */
const MOST_KEYS = 40;

const { url, user, call, page, complaints } = await visit();

beforeAll(async () => {
  const signal = Array.from({ length: 20 * RATE }, (_, i) => {
    const fromPeak = Math.min(i % RATE, RATE - (i % RATE));
    return i < RATE / 2 ? 0 : Math.max(0, 1000 - fromPeak * 50);
  });
  await postEcg(call, { sampling_rate: RATE, subject: "P-7", leads: [{ name: "II", gain: 1000, signal }] });
});

/** Presses Tab until something with this text or label has the focus. */
async function tabTo(what: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let i = 0; i < MOST_KEYS; i++) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      if (!element || element === document.body) return "";
      const labels = [...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent);
      return [element.getAttribute("aria-label"), ...labels, element.textContent].filter(Boolean).join(" ");
    });
    if (what.test(focused)) return;
    seen.push(focused);
    await page.keyboard.press("Tab");
  }
  throw new Error(`nothing with ${what} has had the focus, but ${seen.join(" | ")}`);
}

const said = () => page.getByRole("region", { name: "Measurements" }).getByRole("status").textContent();

/** Presses a key until the page says something, each time after it has said something new. */
async function pressUntil(key: string, what: RegExp): Promise<void> {
  for (let i = 0; i < MOST_KEYS; i++) {
    const before = await said();
    if (what.test(before ?? "")) return;
    await page.keyboard.press(key);
    // The next samples may be still to come: then the key does nothing, and is pressed again.
    await expect
      .poll(said, { timeout: 1000, interval: 50 })
      .not.toBe(before)
      .catch(() => undefined);
  }
  expect(await said()).toMatch(what);
}

it("goes from the log-in to a measurement by the keyboard alone", async () => {
  await page.goto(url);
  await page.getByLabel("Username").waitFor();
  await tabTo(/^Username/);
  await page.keyboard.type(user.username);
  await page.keyboard.press("Tab");
  await page.keyboard.type(user.password);
  await page.keyboard.press("Enter");
  await page.getByRole("list", { name: "ECGs" }).getByRole("link").first().waitFor();
  await tabTo(/P-7/);
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: /^ECG of II: / }).waitFor();

  // The paper says where keys have moved it, and how high it is.
  const told = page.getByRole("status").filter({ hasText: /s from 0:\d\d\.\d on, \d+ mm\/mV$/ });
  expect(await told.count()).toBe(0);
  await page.keyboard.press("ArrowUp");
  await told.filter({ hasText: ", 20 mm/mV" }).waitFor({ state: "attached" });
  await page.keyboard.press("ArrowDown");
  await told.filter({ hasText: ", 10 mm/mV" }).waitFor({ state: "attached" });
  // The cursor, to a peak, with the value there.
  await pressUntil("x", /^Cursor: /);
  await pressUntil("Shift+ArrowRight", /^Cursor: 0:\d\d\.000, II 1\.00 mV$/);
  // A caliper from it, whose other end goes to the next peak.
  await page.keyboard.press("c");
  await expect.poll(said).toMatch(/^Caliper 1, second end/);
  await pressUntil("Shift+ArrowLeft", /; 1,000 ms · 60 bpm · 0\.00 mV$/);
  // Its first end half a second on, by pixels of 10 ms, and back to the peak.
  await page.keyboard.press("Tab");
  await expect.poll(said).toMatch(/^Caliper 1, first end/);
  const before = page.url();
  await page.keyboard.press("ArrowRight");
  await pressUntil("ArrowRight", /; 9\d\d ms/);
  await pressUntil("Shift+ArrowLeft", /; 1,000 ms · 60 bpm · 0\.00 mV$/);
  await page.keyboard.press("m");
  await expect.poll(said).toMatch(/^Marching caliper 1/);
  await expect.poll(() => page.url()).toMatch(/caliper=[\d.]+_[\d.]+_m_II$/);
  expect(page.url()).not.toBe(before);
  // What was measured is a link: it shows the same again.
  await page.reload();
  const table = page.getByRole("region", { name: "Measurements" }).getByRole("table", { name: "Calipers" });
  await table.getByRole("cell", { name: "1,000 ms · 60 bpm · 0.00 mV" }).waitFor();
  await page.keyboard.press("k");
  await expect.poll(said).toMatch(/^Marching caliper 1, second end/);
  await page.keyboard.press("Delete");
  await expect.poll(() => table.count()).toBe(0);
  expect(complaints).toEqual([]);
});

it("goes on in the drawer when it comes, where keys move the paper, and back to where it was", async () => {
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.className);
  const drawer = page.getByRole("complementary", { name: "What was measured" });
  await page.getByRole("button", { name: /HR/ }).focus();
  for (const close of ["Escape", "i"]) {
    await page.keyboard.press("Enter");
    await drawer.waitFor();
    await expect.poll(focused).toBe("What was measured");
    const before = page.url();
    await page.keyboard.press("End");
    await expect.poll(() => page.url()).not.toBe(before);
    const atEnd = page.url();
    // The address comes a little later: the next turn would begin with the end in it.
    await page.keyboard.press("Home");
    await expect.poll(() => page.url()).not.toBe(atEnd);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Measures");
    await page.keyboard.press(close);
    await drawer.waitFor({ state: "detached" });
    await expect.poll(focused).toBe("numbers");
  }
  // What has the focus elsewhere keeps it.
  await page.keyboard.press("i");
  await expect.poll(focused).toBe("What was measured");
  await page.locator(".paper").focus();
  await page.keyboard.press("i");
  await drawer.waitFor({ state: "detached" });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  expect(await focused()).toBe("paper");
  expect(complaints).toEqual([]);
});
