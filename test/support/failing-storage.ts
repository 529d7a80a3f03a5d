import { env } from "cloudflare:workers";

/** Whether a call fails, counted from 0: before anything is done, or when all is done and only the answer is lost. */
export type Fails = (call: number) => "before" | "after" | undefined;

/** What D1 throws when its answer does not come. */
export const LOST = "D1_ERROR: Network connection lost.";

/** The bindings of the Worker with a database, and an archive if there is one, of which calls fail: a statement, a batch, an operation. */
export function newFailingStorage(fails: Fails, message = LOST) {
  let count = 0;
  const ask = async <T>(run: () => Promise<T>): Promise<T> => {
    const when = fails(count++);
    if (when === "before") throw new Error(message);
    const answer = await run();
    if (when === "after") throw new Error(message);
    return answer;
  };
  const inner = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const outer = new Proxy(statement, {
      get(target, key) {
        if (key === "bind") return (...values: unknown[]) => wrap(target.bind(...values));
        const method = Reflect.get(target, key);
        return (...args: unknown[]) => ask(() => method.apply(target, args));
      },
    });
    inner.set(outer, statement);
    return outer;
  };
  const database = {
    prepare: (sql: string) => wrap(env.DB.prepare(sql)),
    batch: (list: D1PreparedStatement[]) => ask(() => env.DB.batch(list.map((one) => inner.get(one) ?? one))),
  } as unknown as D1Database;
  const { ARCHIVE } = env as { ARCHIVE?: R2Bucket };
  const archive =
    ARCHIVE &&
    new Proxy(ARCHIVE, {
      get: (target, key) => {
        const method = Reflect.get(target, key);
        return (...args: unknown[]) => ask(() => method.apply(target, args));
      },
    });
  return { bindings: { ...env, DB: database, ...(archive && { ARCHIVE: archive }) }, countCalls: () => count };
}
