/**
 * Makes pictures of every place of the page, light and dark, on a desk and on a phone, to be looked at: into `dist/pictures`.
 * Usage: npm run pictures -- [--data FOLDER] [--only PART-OF-A-NAME]
 *
 * The ECGs are generated, or WFDB records of FOLDER: the two smallest and the largest.
 */
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { zipSync } from "fflate";
import type { BrowserContext, Page } from "playwright-core";
import { edf } from "../../src/formats/edf/edf.ts";
import type { Recording } from "../../src/recording/recording.ts";
import { launchChromium, logIn } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import { ADMIN, type Call, newUser, postEcg, USER } from "../support/session.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";

const FOLDER = "dist/pictures";
const DEVICES = {
  desk: { viewport: { width: 1360, height: 860 } },
  phone: { viewport: { width: 390, height: 800 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};
const SCHEMES = ["light", "dark"] as const;
/** The length of the long ECG that is generated. */
const LONG_SECONDS = 15 * 60;
/** Nothing is asked for any more, and everything is painted, when it has been quiet for so long. */
const QUIET_MS = 700;
/** How high a ventricular beat is in each lead, in microvolts, which are ADC units here. */
const WIDE_UV: Record<string, number> = {
  ...{ I: 500, II: 1400, III: 900, aVR: -950, aVL: -200, aVF: 1150 },
  ...{ V1: -1500, V2: -1200, V3: -600, V4: 700, V5: 1200, V6: 1000 },
};
const SUBJECT = "P-0042";
const OPTIONS = { name: "rec", timeZone: "UTC", units: "adc", layout: "3x4", fhirVersion: "R4" } as const;

/** The ECGs that are seen: two of one subject, a long one, and the key of a share of the first. */
type Stored = { first: string; second: string; long: string; share: string };
type Shot = { name: string; open: (page: Page, stored: Stored) => Promise<void> };

/** What is seen of an ECG at an address. */
const atEcg = (name: string, query: string, then?: (page: Page) => Promise<void>): Shot => ({
  name,
  open: async (page, { first }) => {
    await goTo(page, `#/ecg/${first}${query}`);
    await then?.(page);
  },
});
const atLong = (name: string, query: string, then?: (page: Page) => Promise<void>): Shot => ({
  name,
  open: async (page, { long }) => {
    await goTo(page, `#/ecg/${long}${query}`);
    await then?.(page);
  },
});
const press = (key: string) => (page: Page) => page.keyboard.press(key);
const openTab = (tab: string) => async (page: Page) => {
  await page.keyboard.press("i");
  await page.getByRole("button", { name: tab, exact: true }).click();
};

const SHOTS: readonly Shot[] = [
  { name: "list", open: (page) => goTo(page, "#/") },
  atEcg("reader", ""),
  atEcg("reader-3x4r3", "?layout=3x4r3"),
  atEcg("reader-6x2", "?layout=6x2r"),
  atEcg("reader-12x1", "?layout=12x1"),
  atEcg("reader-cabrera", "?order=cabrera&gain=20"),
  atEcg("reader-gains-apart", "?gain=10&chest=5&rhythm=V1"),
  atEcg("reader-one", "?layout=one"),
  atEcg("reader-samples", "?layout=one&w=0.2&t=1"),
  atEcg("reader-filters", "?filter=baseline&filter=lowpass40"),
  atEcg("view", "", press("v")),
  atEcg("filters", "", press("f")),
  atEcg("export", "", press("e")),
  atEcg("keys", "", press("?")),
  atEcg("measuring", "?layout=3x4r&caliper=1_2__II&caliper=6.2_7.2_m_II", async (page) => {
    await page.mouse.move(300, 420);
  }),
  atEcg("insights", "", press("i")),
  atEcg("waves", "?w=3&layout=one", press("w")),
  atEcg("average-beats", "", openTab("Beats")),
  atEcg("st", "", openTab("ST")),
  atLong("long", ""),
  atLong("long-events", "", openTab("Events")),
  atLong("long-beats", "?t=9", openTab("Beats")),
  atLong("annotations", "?t=9", press("t")),
  { name: "disclosure", open: (page, { long }) => goTo(page, `#/ecg/${long}/all?lines=30`) },
  { name: "compare", open: (page, { first, second }) => goTo(page, `#/compare/${first}/${second}`) },
  { name: "share", open: (page, { first, share }) => goTo(page, `#/share/${share}/ecg/${first}`) },
  { name: "account", open: (page) => goTo(page, "#/account") },
  { name: "trail", open: (page) => goTo(page, "#/trail") },
  {
    name: "local-file",
    open: async (page) => {
      await goTo(page, "#/");
      const buffer = Buffer.from(edf.write?.(describe(syntheticEcg(), 0), OPTIONS) ?? new Uint8Array());
      await page
        .getByLabel("File to look at")
        .setInputFiles([{ name: "night.edf", mimeType: "application/edf", buffer }]);
      await page.getByRole("img", { name: /^ECG of/ }).waitFor();
    },
  },
];

const { values } = parseArgs({ options: { data: { type: "string" }, only: { type: "string" } } });
const isWanted = (name: string) => name.includes(values.only ?? "");
const server = await startServer();
const browser = await launchChromium();
try {
  const call = await newUser(server);
  const stored = await store(call, values.data);
  await fetch(`${server.url}/cdn-cgi/local/scheduled`);
  mkdirSync(FOLDER, { recursive: true });
  for (const [device, options] of Object.entries(DEVICES)) {
    for (const colorScheme of SCHEMES) {
      const context = await browser.newContext({ ...options, colorScheme, timezoneId: "Europe/Berlin" });
      await takeAll(context, `${device}-${colorScheme}`, stored);
      await context.close();
    }
  }
} finally {
  await browser.close();
  server.stop();
}

/** All places, for a user and then for an admin, on one device in one scheme. */
async function takeAll(context: BrowserContext, suffix: string, stored: Stored): Promise<void> {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const take = async (name: string) => {
    if (!isWanted(name)) return;
    await settle(page);
    await page.screenshot({ path: join(FOLDER, `${name}-${suffix}.png`) });
  };
  await page.goto(server.url);
  await page.getByLabel("Username").waitFor();
  await take("log-in");
  await logIn(page, USER);
  for (const { name, open } of SHOTS.filter(({ name }) => isWanted(name))) {
    try {
      await open(page, stored);
    } catch (error) {
      console.error(`${name}-${suffix}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
    }
    await take(name);
  }
  if (!isWanted("admin")) return;
  await goTo(page, "#/");
  await page.getByRole("button", { name: "Log out" }).click();
  await logIn(page, ADMIN);
  await take("admin");
}

/** Goes to a place as an address that is typed does. Another file is loaded first, or only what is behind `#` would change. */
async function goTo(page: Page, hash: string): Promise<void> {
  await page.goto("about:blank");
  await page.goto(`${server.url}/${hash}`);
  await settle(page);
}

async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(QUIET_MS);
}

async function store(call: Call, folder: string | undefined): Promise<Stored> {
  const [first, second, long] = folder === undefined ? await storeGenerated(call) : await storeRecords(call, folder);
  const items = [
    { time: 12.15, code: "V" },
    { time: 15.2, code: '"', text: "electrode touched" },
  ];
  await call("PUT", `/ecg/${long}/annotations/reviewer`, { items });
  const expires_at = new Date(Date.now() + 7 * 24 * 3600 * 1000).toISOString();
  const share = await call("POST", `/ecg/${first}/shares`, { note: "Second opinion", expires_at });
  await call("POST", "/users/me/keys", { name: "Bedside monitor 7", scopes: ["ecg:write"] });
  const { key } = (await share.json()) as { key: string };
  return { first, second, long, share: key };
}

async function storeGenerated(call: Call): Promise<string[]> {
  const recordings = [
    describe(newHolter(LONG_SECONDS), 3),
    describe(syntheticEcg({ seed: 5, heartRate: 58 }), 2, "P-0017"),
    describe(syntheticEcg({ seed: 3, heartRate: 88, noise: 0.01 }), 1),
    describe(syntheticEcg({ seed: 7, heartRate: 72 }), 0),
  ];
  const ids: string[] = [];
  for (const recording of recordings) ids.push(await postEcg(call, toEcgJson(recording)));
  const [long, , second, first] = ids;
  return [first, second, long];
}

async function storeRecords(call: Call, folder: string): Promise<string[]> {
  const records = readdirSync(folder)
    .filter((name) => name.endsWith(".hea"))
    .map((name) => basename(name, ".hea"))
    .map((name) => ({ name, size: statSync(join(folder, `${name}.dat`), { throwIfNoEntry: false })?.size ?? 0 }))
    .filter(({ size }) => size > 0);
  if (records.length === 0) throw new Error(`There is no WFDB record in ${folder}.`);
  const shortest = records.toSorted((a, b) => a.size - b.size);
  const [first, second = first] = shortest;
  const long = shortest[shortest.length - 1];
  const ids: string[] = [];
  for (const { name } of [long, second, first]) {
    const files = [".hea", ".dat", ".atr"].filter((extension) => hasFile(join(folder, name + extension)));
    const zipped = zipSync(
      Object.fromEntries(files.map((end) => [name + end, readFileSync(join(folder, name + end))])),
    );
    ids.push(await postEcg(call, zipped, "application/zip"));
  }
  return ids.toReversed();
}

function hasFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function describe(recording: Recording, daysAgo: number, subject = SUBJECT): Recording {
  const recordedAt = Date.parse("2026-03-14T09:26:00Z") - daysAgo * 24 * 3600 * 1000;
  return { ...recording, recordedAt, subject, device: "CardioPatch 3" };
}

/** Twelve leads with an early, wide beat and a pause at the end of each stretch. */
function newHolter(seconds: number): Recording {
  const samplingRate = 250;
  const stretches: Recording[] = [];
  for (let at = 0, i = 0; at < seconds; i++) {
    const stretch = 12 + ((i * 17) % 40);
    const heartRate = 66 + 10 * Math.sin(at / 240);
    stretches.push(syntheticEcg({ seed: i + 1, seconds: stretch, samplingRate, heartRate, noise: 0.01 }));
    at += stretch;
  }
  const [first] = stretches;
  const leads = first.leads.map((lead, n) => {
    const wide = newWideBeat(samplingRate, WIDE_UV[lead.name] ?? 0);
    const parts = stretches.flatMap(({ leads }) => [leads[n].samples, wide]);
    const samples = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      samples.set(part, at);
      at += part.length;
    }
    return { ...lead, samples };
  });
  return { ...first, leads };
}

/** A ventricular beat of 160 ms, its T wave to the other side, and a pause. */
function newWideBeat(samplingRate: number, height: number): Int32Array {
  return Int32Array.from({ length: Math.round(1.1 * samplingRate) }, (_, i) => {
    const time = i / samplingRate;
    const wave = (at: number, width: number) => Math.exp(-(((time - at) / width) ** 2));
    return Math.round(height * (wave(0.15, 0.05) - 0.4 * wave(0.42, 0.09)));
  });
}
