import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cwd } from "node:process";
import { getPlatformProxy, unstable_readConfig } from "wrangler";

/** The archive, and what ends the process that gives access to it. */
type OpenArchive = { archive: R2Bucket; close: () => Promise<void> };

/**
 * Opens the bucket that wrangler.toml binds as ARCHIVE.
 *
 * @throws Error when it binds none
 */
export async function openArchive(isRemote: boolean): Promise<OpenArchive> {
  const { name, compatibility_date, r2_buckets } = unstable_readConfig({});
  const buckets: { binding: string; bucket_name?: string }[] = r2_buckets;
  const bucket = buckets.find(({ binding }) => binding === "ARCHIVE");
  if (!bucket) throw new Error("The samples are in an archive, and wrangler.toml binds no ARCHIVE.");
  // A configuration of the bucket alone: nothing else of the Worker is to be started.
  const folder = mkdtempSync(join(tmpdir(), "archive-"));
  const configPath = join(folder, "wrangler.json");
  writeFileSync(
    configPath,
    JSON.stringify({ name, compatibility_date, r2_buckets: [{ ...bucket, remote: isRemote }] }),
  );
  const { env, dispose } = await getPlatformProxy<{ ARCHIVE: R2Bucket }>({
    configPath,
    persist: { path: join(cwd(), ".wrangler/state/v3") },
    remoteBindings: isRemote,
  });
  const close = async () => {
    await dispose();
    rmSync(folder, { recursive: true });
  };
  return { archive: env.ARCHIVE, close };
}
