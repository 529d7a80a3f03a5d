import { unzipSync } from "fflate";
import { expect, it } from "vitest";
import { edf } from "../../src/formats/edf/edf.ts";
import { ecgJson } from "../../src/formats/json/ecg-json.ts";
import { wfdb } from "../../src/formats/wfdb/wfdb.ts";
import { logIn } from "../support/chromium.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";
import { findViolationsEverywhere } from "../support/violations.ts";
import { hold, visit } from "../support/visit.ts";

const OPTIONS = { name: "rec", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" } as const;
const RECORDING = { ...syntheticEcg({ seconds: 10 }), recordedAt: Date.parse("2026-01-31T09:30:00Z") };

const { url, user, page, complaints, sent } = await visit();

/** Drops a file on the window, as if by a hand. */
async function drop(name: string, bytes: Uint8Array | undefined): Promise<void> {
  await page.evaluate(
    ([name, bytes]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([Uint8Array.from(bytes)], name));
      const options = { bubbles: true, cancelable: true, dataTransfer };
      for (const event of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(event, options));
    },
    [name, [...(bytes ?? [])]] as const,
  );
}

async function look(files: Record<string, Uint8Array | undefined>): Promise<void> {
  await page.getByLabel("File to look at").setInputFiles(
    Object.entries(files).map(([name, bytes = new Uint8Array()]) => ({
      name,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(bytes),
    })),
  );
}

it.each([
  { name: "an EDF", files: { "night.edf": edf.write?.(RECORDING, OPTIONS) } },
  { name: "a WFDB record", files: unzipSync(wfdb.write?.(RECORDING, OPTIONS) ?? new Uint8Array()) },
  { name: "a zip", files: { "rec.zip": wfdb.write?.(RECORDING, OPTIONS) } },
  { name: "our own JSON", files: { "ecg.json": ecgJson.write?.(RECORDING) } },
])("shows $name without sending it, to nobody who is logged in", async ({ files }) => {
  await page.goto(url);
  await look(files);
  await page.getByRole("img", { name: /^ECG of I, II, III.*: 10 s from 0:00.0 on/ }).waitFor();
  await page.getByText("Not sent", { exact: true }).waitFor();
  expect(page.url()).toMatch(/#\/ecg\/file-1/);
  await page.keyboard.press("+");
  await page.getByRole("img", { name: /: 6\.7 s from/ }).waitFor();
  const paths = sent.map((request) => new URL(request.url()).pathname);
  expect(paths.filter((path) => !/^\/(viewer\/.*)?$/.test(path))).toEqual([]);
  expect(await findViolationsEverywhere(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("shows a file that is dropped where nobody is logged in, and leads who drops one elsewhere to where it is sent", async () => {
  const file = edf.write?.(RECORDING, OPTIONS);
  await page.goto(url);
  await page.reload();
  await page.getByLabel("Username").waitFor();
  await drop("night.edf", file);
  await page.getByText("Not sent", { exact: true }).waitFor();
  await page.goto(url);
  await page.reload();
  await logIn(page, user);
  await page.goto(`${url}/#/account`);
  await page.getByRole("heading", { name: "Password" }).waitFor();
  await drop("night.edf", file);
  await page.getByRole("link", { name: "night.edf" }).waitFor();
  await page.getByRole("list", { name: "ECGs" }).getByRole("link").waitFor();
  expect(complaints).toEqual([]);
  await page.getByRole("button", { name: "Log out" }).click();
});

it("does not show a file that was read when somebody had gone elsewhere", async () => {
  await page.goto(url);
  await page.reload();
  await page.getByLabel("Username").waitFor();
  const letGo = await hold(page, /\/viewer\/.*\.js$/);
  const asked = page.waitForRequest(/\/viewer\/.*\.js$/);
  await look({ "night.edf": edf.write?.(RECORDING, OPTIONS) });
  await asked;
  await page.evaluate(() => location.assign("#/share/x"));
  await page.getByRole("heading", { name: "This link is not whole" }).waitFor();
  await letGo();
  // Longer than it takes to read the file.
  await page.waitForTimeout(1000);
  expect(page.url()).toBe(`${url}/#/share/x`);
  expect(complaints).toEqual([]);
});

it("says what is wrong with a file, and that a file is gone with the page", async () => {
  await page.goto(url);
  await look({ "letter.txt": Buffer.from("Dear doctor") });
  await page.getByText(/letter\.txt/).waitFor();
  await look({ "a.edf": new Uint8Array(9), "b.edf": new Uint8Array(9) });
  await page.getByText("Choose the files of one ECG.").waitFor();
  expect(await findViolationsEverywhere(page)).toEqual([]);
  await page.goto(`${url}/#/ecg/file-7`);
  await page.getByText("The file is no longer open: choose it again.").waitFor();
  expect(complaints).toEqual([]);
});

it("has a way back from a file that is being opened, or is gone", async () => {
  await page.goto(url);
  await page.reload();
  await page.getByLabel("Username").waitFor();
  const letGo = await hold(page, /\/viewer\/disclosure-.*\.js$/);
  await page.evaluate(() => location.assign("#/ecg/file-7/all"));
  await page.getByText("Opening …").waitFor();
  await page.getByRole("link", { name: "Back to the list" }).waitFor();
  await letGo();
  await page.getByText("The file is no longer open: choose it again.").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("The file is no longer open: choose it again.").waitFor();
  await page.getByRole("link", { name: "Back to the list" }).click();
  await page.getByLabel("Username").waitFor();
  expect(complaints).toEqual([]);
});

it("says what was assumed of a file that is looked at, beside it", async () => {
  await page.goto(url);
  await page.reload();
  await look({
    "x.csv": Buffer.from(`time,II,remark\n${Array.from({ length: 200 }, (_, i) => `${i / 100},${i % 9},\n`).join("")}`),
  });
  await page.getByRole("button", { name: "Not measured" }).click();
  await page.getByRole("row", { name: /^Signals 2 leads · 2 s · 100 Hz/ }).waitFor();
  await page.getByRole("row", { name: /^File .*remark/ }).waitFor();
  expect(complaints).toEqual([]);
});
