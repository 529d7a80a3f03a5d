import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

/** What axe-core finds wrong on a page as it is, in light and in dark, on a desk and on a phone. */
export async function findViolationsEverywhere(page: Page): Promise<string[]> {
  const size = page.viewportSize();
  const found: string[] = [];
  for (const viewport of [size, { width: 390, height: 800 }]) {
    if (viewport) await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const violations = await findViolations(page);
      found.push(...violations.map((violation) => `${colorScheme}, ${viewport?.width}: ${violation}`));
    }
    const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    if (overflow > 0) found.push(`${viewport?.width}: ${overflow} pixels are beyond the edge`);
  }
  await page.emulateMedia({ colorScheme: null });
  if (size) await page.setViewportSize(size);
  return found;
}

/** What axe-core finds wrong on a page as it is. */
export async function findViolations(page: Page): Promise<string[]> {
  // Trusted Types refuse a script tag, and not what is evaluated from outside.
  await page.evaluate(readFileSync("node_modules/axe-core/axe.min.js", "utf8"));
  const { violations } = (await page.evaluate("axe.run()")) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
