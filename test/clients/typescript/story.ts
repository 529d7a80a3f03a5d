/** What an app does with a generated client: logs in, sends a form of two files, reads the ECG, and gets its insights. Prints what it found. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import createClient from "openapi-fetch";
import type { paths } from "./api.d.ts";

const [baseUrl = "", username = "", password = "", ...files] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl });

const login = await client.POST("/auth/token", {
  body: { grant_type: "password", username, password },
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
});
if (!login.data) throw new Error(login.error.detail);
const { access_token } = login.data;
client.use({
  onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${access_token}`);
  },
});

const sent = await client.POST("/ecg", {
  body: { file: files.map((path) => new File([readFileSync(path)], basename(path))) },
  bodySerializer(body) {
    const form = new FormData();
    if ("file" in body) for (const file of body.file) form.append("file", file);
    return form;
  },
});
if (!sent.data) throw new Error(sent.error.detail);

const path = { id: sent.data.id };
const read = await client.GET("/ecg/{id}", { params: { path, query: { start: 0, end: 1.5, leads: ["II"] } } });
if (!read.data || !("leads" in read.data)) throw new Error(read.error?.detail);
const overview = await client.GET("/ecg/{id}", { params: { path, query: { max_points: 100, leads: ["I", "II"] } } });
if (!overview.data || !("leads" in overview.data)) throw new Error(overview.error?.detail);
const insights = await client.GET("/ecg/{id}/insights", { params: { path } });
if (!insights.data || !("leads" in insights.data)) throw new Error(insights.error?.detail);
const again = await client.POST("/ecg", { body: { leads: [{ name: "II", signal: [1, 2, null] }] } });
const refused = await client.GET("/ecg/{id}", { params: { path: { id: "none" } } });

const quality = insights.data.leads[0]?.quality;
console.log(
  JSON.stringify({
    notes: sent.data.notes,
    samples: read.data.leads.map(({ name, signal }) => `${name}: ${signal?.length}`),
    buckets: overview.data.leads.map(({ buckets }) => buckets?.[0]?.length),
    beats: insights.data.beats.count,
    usable: quality?.usable_share,
    hash: again.data?.samples_sha256,
    refusal: refused.error?.title,
  }),
);
