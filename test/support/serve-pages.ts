import type { TestProject } from "vitest/node";
import { serveChromium } from "./chromium.ts";
import { startServer } from "./server.ts";
import { newAdmin } from "./session.ts";

/** Starts what all tests of pages share, which takes longer than many of them: a Worker with an admin, and Chromium. */
export default async function servePages({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  try {
    provide("url", server.url);
    provide("adminToken", await newAdmin(server));
    const browser = await serveChromium();
    provide("chromium", browser.wsEndpoint());
    return async () => {
      await browser.close();
      server.stop();
    };
  } catch (error) {
    server.stop();
    throw error;
  }
}
