import { spawnSync } from "node:child_process";

/** Builds what the Worker serves as files, as wrangler does before it runs the Worker. */
export default function buildViewer(): void {
  const { status, stderr } = spawnSync(process.execPath, ["src/cli/build-viewer.ts"], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}
