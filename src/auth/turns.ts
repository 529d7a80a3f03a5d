import { AppError } from "../errors.ts";

/** How long other requests are let in between two turns, as a share of what a turn takes. */
const PAUSE_SHARE = 0.25;
/** How many may wait for their turn; whoever comes then is refused. */
const MOST_WAITING = 10;
/** How long a turn is first expected to take, in ms: a scrypt hash on a server. */
const FIRST_EXPECTED_MS = 200;
/** A turn is expected to take no longer than this, in ms, even where the last one was held up. */
const MOST_EXPECTED_MS = 2000;
/** The weight of the latest turn in what the next is expected to take. */
const LATEST_WEIGHT = 0.25;

let expectedMs = FIRST_EXPECTED_MS;
/** When the next turn that is asked for may begin, ms since 1970. */
let nextAt = 0;
/** Until when nobody begins, ms since 1970: a turn is under way, or others are let in. */
let quietUntil = 0;

/**
 * Runs what keeps the processor busy, one after the other, with a pause between: in workerd a hash runs to its end
 * without letting anybody in, and waiting ones would run ahead of all other requests.
 *
 * The turns are times, not a lock: a request whose client went away is never resumed, and would hold a lock for ever.
 *
 * @throws AppError `too-many-requests` when too many wait already
 */
export async function inTurn<T>(run: () => Promise<T>): Promise<T> {
  const slot = (1 + PAUSE_SHARE) * expectedMs;
  const now = Date.now();
  const beginAt = Math.max(now, nextAt);
  if (beginAt - now > MOST_WAITING * slot) throw newRefusal(beginAt - now);
  const end = beginAt + slot;
  nextAt = end;
  for (let waitMs = Math.max(beginAt, quietUntil) - now; waitMs > 0; waitMs = quietUntil - Date.now())
    await sleep(waitMs);
  const begunAt = Date.now();
  quietUntil = begunAt + 2 * slot;
  try {
    return await run();
  } finally {
    // In production the clock stands still until the next event.
    await sleep(0);
    const tookMs = Math.min(Date.now() - begunAt, MOST_EXPECTED_MS);
    expectedMs += LATEST_WEIGHT * (tookMs - expectedMs);
    quietUntil = Date.now() + PAUSE_SHARE * expectedMs;
    if (nextAt === end) nextAt = quietUntil;
  }
}

function newRefusal(waitMs: number): AppError {
  return new AppError("too-many-requests", {
    detail: "Too many passwords are being checked: try again in some seconds.",
    headers: { "Retry-After": String(Math.ceil(waitMs / 1000)) },
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
