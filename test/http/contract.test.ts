import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import worker from "../../src/index.ts";
import { newCaller, PASSWORD, request, storedEcg } from "../support/api.ts";

afterEach(() => vi.restoreAllMocks());

it("is healthy while the database answers", async () => {
  const answer = await request("GET", "/health");
  expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
});

it("says so when the database does not answer", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const broken = new Proxy(env.DB, {
    get: () => () => {
      throw new Error("D1_ERROR: away");
    },
  });
  const answer = await worker.fetch(new Request("http://ecg.test/health"), { ...env, DB: broken });
  expect([answer.status, await answer.json()]).toMatchObject([503, { title: "Service Unavailable", status: 503 }]);
});

it.each([
  "/nothing",
  "/ecg/1/2/3",
  "/docs/swagger-ui-dist/package.json",
  "/docs/swagger-ui.css",
  "/index.html",
  "/viewer/",
])("answers 404 to GET %s", async (path) => {
  const answer = await request("GET", path);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
});

it("answers 405 with Allow to a method that a path does not take", async () => {
  const answer = await request("PUT", "/ecg");
  expect([answer.status, answer.headers.get("allow"), answer.headers.get("content-type")]).toEqual([
    405,
    "POST, GET, HEAD",
    "application/problem+json",
  ]);
});

it("makes no difference of a trailing slash", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  for (const path of ["/ecg", `/ecg/${id}`, `/ecg/${id}/annotations`, `/ecg/${id}/insights`, "/users/me"]) {
    expect(await (await caller.get(`${path}/`)).text()).toBe(await (await caller.get(path)).text());
  }
});

it.each(["/health", "/nothing", "/ecg", "/openapi.json"])("sets the security headers on %s", async (path) => {
  const { headers } = await request("GET", path);
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
  expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers.get("access-control-allow-origin")).toBeNull();
  const ofPages = ["cross-origin-opener-policy", "origin-agent-cluster", "referrer-policy"];
  expect([...headers.keys()].filter((name) => /^(x-|strict-|cross-)/.test(name) || ofPages.includes(name))).toEqual([
    "cross-origin-resource-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "x-request-id",
  ]);
});

it.each(["/", "/docs"])("sets the headers on %s that browsers heed of pages alone", async (path) => {
  const { headers } = await request("GET", path);
  expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
});

it("serves the documentation from itself, under a strict policy", async () => {
  const page = await request("GET", "/docs");
  expect(page.headers.get("content-security-policy")).toMatch(/script-src 'self';.*frame-ancestors 'none'/);
  const html = await page.text();
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
  expect(links.length).toBeGreaterThanOrEqual(4);
  for (const link of links) {
    expect(link).toMatch(/^\/docs\//);
    expect((await request("GET", link)).status, link).toBe(200);
  }
  expect(html).not.toMatch(/<script>|style=/);
  // Anywhere else a browser passes over it, and asks for /favicon.ico, which is not there.
  expect(html).toMatch(/<head>.*<link rel="icon".*<\/head>/s);
});

it("keeps a client's request id beside its own, if it is a plain one", async () => {
  const lines = vi.spyOn(console, "log").mockImplementation(() => {});
  const ask = async (id: string) => (await request("GET", "/health", { headers: { "X-Request-Id": id } })).headers;
  const headers = await ask("abc-123");
  expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers.get("x-client-request-id")).toBe("abc-123");
  expect(JSON.parse(lines.mock.calls[0][0])).toMatchObject({
    request_id: headers.get("x-request-id"),
    client_request_id: "abc-123",
  });
  for (const id of ["a b{}", "x".repeat(129)]) expect((await ask(id)).get("x-client-request-id")).toBeNull();
});

it.each([
  { method: "GET", path: "/ecg", kept: "no-store" },
  { method: "GET", path: "/ecg/ID", kept: "private, no-cache" },
  { method: "GET", path: "/ecg/ID/insights", kept: "private, no-cache" },
  { method: "GET", path: "/ecg/ID/annotations", kept: "no-store" },
  { method: "GET", path: "/ecg/none", kept: "no-store" },
  { method: "GET", path: "/users/me", kept: "no-store" },
  { method: "GET", path: "/openapi.json", kept: "no-cache" },
])("says of $method $path that it is kept as $kept", async ({ path, kept }) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const answer = await caller.get(path.replace("ID", id));
  expect([answer.headers.get("cache-control"), answer.headers.has("etag")]).toEqual([
    kept,
    kept === "private, no-cache",
  ]);
});

it.each([
  { method: "POST", path: "/auth/token", encoding: "gzip", accepted: "identity" },
  { method: "PUT", path: "/users/me/password", encoding: "gzip", accepted: "identity" },
  { method: "PATCH", path: "/ecg/ID", encoding: "gzip", accepted: "identity" },
  { method: "PATCH", path: "/ecg/ID", encoding: "identity", accepted: null },
  { method: "POST", path: "/ecg", encoding: "br", accepted: "gzip" },
  { method: "POST", path: "/ecg", encoding: "gzip, gzip", accepted: "gzip" },
  { method: "POST", path: "/ecg/ID/samples", encoding: "zstd", accepted: "gzip" },
])(
  "says to $method $path with a body in $encoding which encodings it takes",
  async ({ method, path, encoding, accepted }) => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller, { open: true });
    const answer = await request(method, path.replace("ID", id), {
      headers: {
        Authorization: caller.authorization,
        "Content-Type": "application/json",
        "Content-Encoding": encoding,
      },
      body: "{}",
    });
    expect([answer.status, answer.headers.get("accept-encoding")]).toEqual([accepted === null ? 200 : 415, accepted]);
  },
);

it.each([";", " ; charset=utf-8", ";charset=UTF-8;", "; charset", ';a="b;c"'])(
  "takes a body whose type has the parameters %j",
  async (parameters) => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller);
    const headers = { Authorization: caller.authorization, "Content-Type": `Application/JSON${parameters}` };
    const changed = await request("PATCH", `/ecg/${id}`, { headers, body: '{"note":"é"}' });
    expect([changed.status, await changed.json()]).toMatchObject([200, { note: "é" }]);
    const type = `application/x-www-form-urlencoded${parameters}`;
    const body = new URLSearchParams({ username: caller.user.username, password: PASSWORD }).toString();
    const token = await request("POST", "/auth/token", { headers: { "Content-Type": type }, body });
    expect([token.status, await token.json()]).toMatchObject([200, { token_type: "bearer" }]);
  },
);

it.each(["application/json,application/json", "application/jsonx", "text/json", "application/json+x;"])(
  "does not take a body of the type %s",
  async (type) => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller);
    const headers = { Authorization: caller.authorization, "Content-Type": type };
    expect((await request("PATCH", `/ecg/${id}`, { headers, body: '{"note":"x"}' })).status).toBe(415);
  },
);

it("lets browsers of the configured origins call, and no others", async () => {
  const ask = (origin: string) =>
    worker.fetch(new Request("http://ecg.test/health", { headers: { Origin: origin } }), {
      ...env,
      CORS_ORIGINS: "https://a.example, https://b.example",
    });
  expect((await ask("https://b.example")).headers.get("access-control-allow-origin")).toBe("https://b.example");
  expect((await ask("https://c.example")).headers.get("access-control-allow-origin")).toBeNull();
  const exposed = (await ask("https://b.example")).headers.get("access-control-expose-headers")?.split(",");
  expect(exposed).toEqual(expect.arrayContaining(["ETag", "Content-Disposition", "WWW-Authenticate", "X-Request-Id"]));
  const preflight = await worker.fetch(
    new Request("http://ecg.test/ecg", {
      method: "OPTIONS",
      headers: { Origin: "https://a.example", "Access-Control-Request-Method": "POST" },
    }),
    { ...env, CORS_ORIGINS: "https://a.example" },
  );
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "https://a.example"]);
});

it("logs one line a request: the route's pattern, and nothing that says whose heart it is", async () => {
  const lines = vi.spyOn(console, "log").mockImplementation(() => {});
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { subject: "P-0042" });
  lines.mockClear();
  const answer = await caller.get(`/ecg/${id}?leads=II`);
  expect(lines.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
    {
      request_id: answer.headers.get("x-request-id"),
      method: "GET",
      route: "/ecg/:id",
      status: 200,
      ms: expect.any(Number),
    },
  ]);
});

it("shows a bland 500 for what it did not expect, and logs the stack without the values of the query", async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const caller = await newCaller();
  const broken = new Proxy(env.DB, {
    get: (target, key) =>
      key === "batch"
        ? () => {
            throw new Error("D1_ERROR: no such table: away: SQLITE_ERROR");
          }
        : Reflect.get(target, key).bind(target),
  });
  const answer = await worker.fetch(
    new Request("http://ecg.test/ecg", {
      method: "POST",
      headers: { Authorization: caller.authorization, "Content-Type": "application/json" },
      body: JSON.stringify({ subject: "P-0042", leads: [{ name: "II", signal: [1] }] }),
    }),
    { ...env, DB: broken },
  );
  expect([answer.status, await answer.json()]).toEqual([
    500,
    {
      type: "urn:problem-type:ecg-api:internal",
      title: "Internal Server Error",
      status: 500,
      detail: "Something went wrong on our side.",
      request_id: answer.headers.get("x-request-id"),
    },
  ]);
  const logged = errors.mock.calls.flat().join();
  expect(logged).toContain("D1_ERROR: no such table: away");
  expect(logged).not.toContain("P-0042");
});

it.each(["", " 1", "0x10", "1_0", "+1", "NaN", "Infinity", "1e999"])(
  "takes %j for no number of a query",
  async (text) => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller);
    const paths = ["/ecg?limit=", "/ecg?heart_rate_max=", `/ecg/${id}?max_points=`, `/ecg/${id}?start=`];
    for (const path of paths) {
      const answer = await caller.get(path + encodeURIComponent(text));
      expect([path, answer.status]).toEqual([path, 422]);
    }
  },
);

it("takes ids in upper case, as Swift writes UUIDs", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const path = `/ecg/${id.toUpperCase()}`;
  const shared = { expires_at: new Date(Date.now() + 3_600_000).toISOString(), note: null };
  const share: { id: string } = await (await caller.post(`${path}/shares`, shared)).json();
  const answers = [
    await caller.get(path),
    await caller.get(`${path}/insights`),
    await caller.patch(path, { note: "seen" }),
    await caller.delete(`${path}/shares/${share.id.toUpperCase()}`),
    await caller.delete(path),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 204, 204]);
  const trail: { items: { subject_id: string | null }[] } = await (await caller.get("/users/me/audit")).json();
  expect(trail.items.map(({ subject_id }) => subject_id)).not.toContain(id.toUpperCase());
});
