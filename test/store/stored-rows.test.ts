import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { MISSING } from "../../src/recording/recording.ts";
import { insertEcg, newClaim } from "../../src/store/incoming-ecgs.ts";
import { readBuckets } from "../../src/store/overviews.ts";
import { readSpans } from "../../src/store/signal-reader.ts";
import { accessOf, newCaller, store } from "../support/api.ts";
import { ID, LEADS, ROWS, SIGNALS } from "../support/stored-ecg.ts";

it("writes these rows, and reads an ECG from them", async () => {
  const { user } = await newCaller();
  const about = {
    subject: null,
    device: null,
    note: null,
    open: false,
    recordedAt: 0,
    dateSource: "recorded" as const,
    createdAt: Date.now(),
  };
  const stretch = { samples: SIGNALS, leads: LEADS, annotations: [] };
  const ecg = await insertEcg(store, newClaim(accessOf(user)), { ...about, id: ID, leads: LEADS }, [stretch]);

  const query = "select chunk_index, data from signal_chunks where ecg_id = ? order by chunk_index";
  expect((await env.DB.prepare(query).bind(ID).all()).results).toEqual(ROWS);
  const spans = SIGNALS.map(({ length }, lead) => ({ lead, from: 0, to: length }));
  expect(await readSpans(store, ecg, spans)).toEqual(SIGNALS);
  // A block has three samples; a bucket has two blocks of the first lead, and one of the second.
  expect(await readBuckets(store, ecg, spans, 2)).toMatchObject([
    { samplesPerBucket: 6, min: Int32Array.of(-7, -40), max: Int32Array.of(120, 6) },
    { samplesPerBucket: 3, min: Int32Array.of(7, MISSING), max: Int32Array.of(9, MISSING) },
  ]);
});
