import { join } from "node:path";
import { getPlatformProxy } from "wrangler";
import { issueToken } from "../../src/auth/tokens.ts";
import { app } from "../../src/http/app.ts";
import type { AppEnv } from "../../src/http/openapi.ts";
import type { Server } from "../support/server.ts";
import { watchDatabase } from "../support/watched-database.ts";

const SECRET = "a-secret-for-benchmarks-alone-0123456789";

/**
 * How many rows D1 reads for a GET of each of these paths by the owner of an ECG, as the statements' own `meta` says:
 * the app runs in this process, on the server's database.
 */
export async function countRowsRead(server: Server, ecgId: string, paths: readonly string[]): Promise<number[]> {
  const print = console.log;
  // The app's own line a request would stand between the rows of the table.
  console.log = () => {};
  const { env, dispose } = await getPlatformProxy<AppEnv["Bindings"]>({ persist: { path: join(server.data, "v3") } });
  try {
    const { database, statements } = watchDatabase(env.DB);
    const query = "select id, credentials_version from users where id = (select owner_id from ecgs where id = ?)";
    const owner = await env.DB.prepare(query).bind(ecgId).first<{ id: string; credentials_version: number }>();
    if (!owner) throw new Error(`there is no ECG ${ecgId} in ${server.data}`);
    const subject = { userId: owner.id, credentialsVersion: owner.credentials_version };
    const headers = { Authorization: `Bearer ${await issueToken(SECRET, subject, 3600)}` };
    const bindings = { ...env, DB: database, TOKEN_SECRET: SECRET };
    const counts: number[] = [];
    for (const path of paths) {
      statements.length = 0;
      const answer = await app.request(path, { headers }, bindings);
      if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`);
      await answer.arrayBuffer();
      counts.push(statements.reduce((sum, { rowsRead }) => sum + rowsRead, 0));
    }
    return counts;
  } finally {
    console.log = print;
    await dispose();
  }
}
