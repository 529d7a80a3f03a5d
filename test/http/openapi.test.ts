import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, it } from "vitest";
import { EcgJsonSchema } from "../../src/formats/json/schema.ts";
import { app } from "../../src/http/app.ts";
import { ProblemSchema } from "../../src/http/openapi.ts";
import { SERIES } from "../../src/http/series-schema.ts";

type Operation = {
  security?: unknown[];
  responses: Record<string, { content?: Record<string, { example?: unknown }>; headers?: object }>;
  operationId?: string;
  requestBody?: { content: Record<string, { schema: unknown }> };
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { example?: unknown; properties?: Record<string, { example?: unknown }> }> };
};

const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

const text = await (await app.request("/openapi.json", {}, {} as Env)).text();
const document: Document = JSON.parse(text);

it("has no error that a linter finds", async () => {
  // GET /health and /health/ready take no input, so there is none that they could refuse.
  const config = await createConfig({
    extends: ["recommended"],
    rules: { "info-license": "off", "operation-4xx-response": "off" },
  });
  const problems = await lintFromString({ source: text, absoluteRef: "openapi.json", config });
  expect(problems.map(({ message, location }) => `${location[0]?.pointer}: ${message}`)).toEqual([]);
});

it("documents every route of the app, and no other", () => {
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replaceAll(/{(.+?)}/g, ":$1")}`),
  );
  const pages = /^\/($|viewer\/|docs|openapi\.json$)/;
  const served = app.routes
    .filter((route) => route.method !== "ALL" && !pages.test(route.path))
    .map((route) => `${route.method} ${route.path}`);
  expect(new Set(documented)).toEqual(new Set(served));
});

it("documents what each operation can refuse", () => {
  expect(document.openapi).toBe("3.1.0");
  const statuses = Object.fromEntries(
    Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => [
        `${method} ${path}`,
        Object.keys(operation.responses).join(" "),
      ]),
    ),
  );
  expect(statuses).toEqual({
    "post /auth/token": "200 400 401 403 413 415 422 429 500 503",
    "post /auth/logout": "204 400 403 413 415 422 500 503",
    "post /ecg": "201 400 401 403 408 409 413 415 422 429 500 503",
    "get /ecg": "200 401 403 422 429 500 503",
    "get /ecg/{id}": "200 304 401 403 404 406 422 429 500 503",
    "patch /ecg/{id}": "200 400 401 403 404 412 413 415 422 429 500 503",
    "delete /ecg/{id}": "204 401 403 404 412 429 500 503",
    "post /ecg/{id}/samples": "200 400 401 403 404 408 409 412 413 415 422 429 500 503",
    "post /ecg/{id}/close": "200 401 403 404 412 429 500 503",
    "get /ecg/{id}/annotations": "200 401 403 404 422 429 500 503",
    "get /ecg/{id}/annotators": "200 401 403 404 429 500 503",
    "get /ecg/{id}/annotations/{annotator}": "200 304 401 403 404 406 422 429 500 503",
    "put /ecg/{id}/annotations/{annotator}": "200 400 401 403 404 408 412 413 415 422 429 500 503",
    "delete /ecg/{id}/annotations/{annotator}": "204 401 403 404 412 422 429 500 503",
    "get /ecg/{id}/annotations/{annotator}/compare": "200 401 403 404 422 429 500 503",
    "get /ecg/{id}/insights": "200 304 401 403 404 406 422 429 500 503",
    "post /ecg/{id}/shares": "201 400 401 403 404 409 413 415 422 429 500 503",
    "get /ecg/{id}/shares": "200 401 403 404 422 429 500 503",
    "delete /ecg/{id}/shares/{share}": "204 401 403 404 429 500 503",
    "post /admin/users": "201 400 401 403 409 413 415 422 429 500 503",
    "get /admin/users": "200 401 403 422 429 500 503",
    "get /admin/users/{id}": "200 401 403 404 429 500 503",
    "patch /admin/users/{id}": "200 400 401 403 404 409 413 415 422 429 500 503",
    "delete /admin/users/{id}": "204 401 403 404 409 429 500 503",
    "get /users/me": "200 401 403 429 500 503",
    "put /users/me/password": "204 400 401 403 413 415 422 429 500 503",
    "post /users/me/keys": "201 400 401 403 409 413 415 422 429 500 503",
    "get /users/me/keys": "200 401 403 422 429 500 503",
    "delete /users/me/keys/{id}": "204 401 403 404 429 500 503",
    "get /users/me/audit": "200 401 403 422 429 500 503",
    "get /users/me/export": "200 401 403 422 429 500 503",
    "get /admin/audit": "200 401 403 422 429 500 503",
    "get /health": "200 500 503",
    "get /health/ready": "200 429 500 503",
    "get /admin/jobs": "200 401 403 422 429 500 503",
    "post /admin/jobs/{kind}/{id}/retry": "204 401 403 404 429 500 503",
  });
});

it.each([
  ["post", "/ecg", 409, "Retry-After"],
  ["post", "/ecg", 415, "Accept-Encoding"],
  ["patch", "/ecg/{id}", 415, "Accept-Encoding"],
  ["get", "/ecg/{id}", 200, "Content-Disposition"],
  ["get", "/ecg/{id}", 304, "Last-Modified"],
  ["get", "/ecg/{id}/annotations/{annotator}", 200, "Content-Disposition"],
  ["get", "/users/me/export", 200, "Content-Disposition"],
  ["post", "/auth/logout", 204, "Set-Cookie"],
  ["delete", "/ecg/{id}", 429, "Retry-After"],
])("documents what the headers of an answer say: %s %s %i has %s", (method, path, status, header) => {
  expect(Object.keys(document.paths[path][method].responses[status].headers ?? {})).toContain(header);
});

it("has an example of each refusal, which is that refusal's own", () => {
  const refusals = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { responses }]) =>
      Object.entries(responses)
        .filter(([status]) => Number(status) >= 400)
        .map(([status, { content }]) => ({
          operation: `${method} ${path} ${status}`,
          example: ProblemSchema.strict().parse(content?.["application/problem+json"].example),
        })),
    ),
  );
  for (const { operation, example } of refusals) {
    expect(`${operation}: ${example.title}`).toBe(`${operation}: ${TITLES[example.status]}`);
    expect(operation).toMatch(new RegExp(` ${example.status}$`));
    expect(example.errors !== undefined, operation).toBe(example.status === 422);
  }
  const exampleOfRefusal = (wanted: string) => refusals.find(({ operation }) => operation === wanted)?.example;
  expect(exampleOfRefusal("get /ecg/{id} 404")).toMatchObject({
    type: "urn:problem-type:ecg-api:not-found",
    detail: "There is nothing here, or nothing that you may see.",
  });
  expect(exampleOfRefusal("post /auth/token 401")).toMatchObject({
    detail: "Wrong username or password.",
    error: "invalid_grant",
  });
  expect(exampleOfRefusal("post /ecg/{id}/samples 409")).toMatchObject({
    expected: [{ name: "II", start_sample: 5000 }],
  });
});

it("has an example of each schema that a client sends or is sent, and that of a new ECG is one", () => {
  const examples = Object.entries(document.components.schemas).map(
    ([name, schema]) => [name, exampleOf(schema as never)] as const,
  );
  for (const [name, example] of examples) expect(example, name).toBeDefined();
  expect(EcgJsonSchema.safeParse(Object.fromEntries(examples).NewEcg).error).toBeUndefined();
});

/** What Swagger UI puts together from the examples of the parts. */
function exampleOf(schema: {
  $ref?: string;
  example?: unknown;
  properties?: Record<string, never>;
  items?: never;
  allOf?: never[];
}): unknown {
  if (schema.$ref) return exampleOf(document.components.schemas[schema.$ref.split("/").at(-1) ?? ""] as never);
  if (schema.example !== undefined) return schema.example;
  if (schema.properties) {
    const entries = Object.entries(schema.properties).map(([key, value]) => [key, exampleOf(value)]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  return schema.items ? [exampleOf(schema.items)] : undefined;
}

it("documents a form of files as a list of files", () => {
  expect(document.paths["/ecg"].post.requestBody?.content["multipart/form-data"].schema).toEqual({
    type: "object",
    properties: { file: { type: "array", items: { type: "string", format: "binary" } } },
    required: ["file"],
  });
});

it.each([
  { path: "/ecg", contents: () => document.paths["/ecg"].post.requestBody?.content },
  { path: "/ecg/{id}", contents: () => document.paths["/ecg/{id}"].get.responses[200].content },
  { path: "/ecg/{id}/insights", contents: () => document.paths["/ecg/{id}/insights"].get.responses[200].content },
])("documents FHIR of $path as a resource in JSON, and no other file", ({ contents }) => {
  const { "application/fhir+json": fhir, ...others } = contents() as Record<string, { schema: object }>;
  expect(fhir.schema).toMatchObject({ type: "object", required: ["resourceType"] });
  const resources = Object.keys(others).filter((type) => JSON.stringify(others[type].schema).includes("resourceType"));
  expect(resources).toEqual([]);
});

it("says of each series what it is of", () => {
  const { parameters = [] } = document.paths["/ecg/{id}/insights"].get as { parameters?: Parameter[] };
  const description = parameters.find(({ name }) => name === "series")?.description ?? "";
  const named = Array.from(description.matchAll(/`([a-z_,]+)`/g), ([, names]) => names.split(",")).flat();
  expect([...new Set(named)].toSorted()).toEqual([...SERIES].toSorted());
});

/** Every object of the document, with the path to it. */
function* walk(value: unknown, path = ""): Generator<{ path: string; node: Record<string, unknown> }> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield { path, node: value as Record<string, unknown> };
  for (const [key, child] of Object.entries(value)) yield* walk(child, `${path}/${key}`);
}

type Parameter = { name: string; in: string; description?: string; schema: Record<string, unknown> };

const nodes = [...walk(document)];
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
);
const parameters = operations.flatMap(({ name, operation }) =>
  ((operation as { parameters?: Parameter[] }).parameters ?? []).map((parameter) => ({ name, parameter })),
);

it("describes every operation and every parameter", () => {
  const silent = [
    ...operations
      .filter(({ operation }) => !(operation as { description?: string }).description)
      .map(({ name }) => name),
    ...parameters
      .filter(({ parameter }) => !parameter.description)
      .map(({ name, parameter }) => `${name} ${parameter.name}`),
  ];
  expect(silent).toEqual([]);
});

it("has no component that may be null, on which programs that make clients break", () => {
  const mayBeNull = ({ type, anyOf, oneOf }: Record<string, unknown>): boolean =>
    type === "null" ||
    (Array.isArray(type) && type.includes("null")) ||
    [anyOf, oneOf].some((list) => Array.isArray(list) && list.some(mayBeNull));
  const found = Object.entries(document.components.schemas).filter(([, schema]) => mayBeNull(schema as never));
  expect(found.map(([name]) => name)).toEqual([]);
});

it("has no schemas that common tools do not know, and gives pairs their length", () => {
  const unknown = ["prefixItems", "$schema", "$defs", "nullable", "not"];
  expect(nodes.filter(({ node }) => unknown.some((key) => key in node)).map(({ path }) => path)).toEqual([]);
  const { node } = nodes.find(({ path }) => path.endsWith("/buckets/items")) ?? {};
  expect(node).toEqual({ type: ["array", "null"], items: { type: "integer" }, minItems: 2, maxItems: 2 });
});

it("says that a parameter is a number where it is", () => {
  const types = Object.fromEntries(parameters.map(({ parameter }) => [parameter.name, parameter.schema.type]));
  const numbers = { start: "number", end: "number", sampling_rate: "number", resolution: "number" };
  expect(types).toMatchObject({ ...numbers, limit: "integer", max_points: "integer", leads: "array" });
});

it("has patterns that every tool reads", () => {
  const patterns = nodes.flatMap(({ node }) => (typeof node.pattern === "string" ? [node.pattern] : []));
  expect(patterns.length).toBeGreaterThan(10);
  for (const pattern of patterns) {
    expect(() => new RegExp(pattern, "u"), pattern).not.toThrow();
    // Python, Go and Rust know neither classes by property nor how to look behind.
    expect(pattern).toMatch(/^\^.*\$$/);
    expect(pattern).not.toMatch(/\\p\{|\(\?<|\(\?=|\(\?!|\\ud/);
  }
});

it.each([
  {
    schema: "NewEcg/properties/leads/items/properties/name",
    good: ["II", "resp, slow"],
    bad: ["", " II", "I\u0007"],
  },
  { schema: "NewEcg/properties/leads/items/properties/unit/anyOf/0", good: ["Ohm"], bad: ["m\u0000"] },
  { schema: "EcgChanges/properties/subject", good: ["P-0042", "\u{1f9e1}"], bad: ["\u0000", "P\u0085"] },
  { schema: "EcgChanges/properties/note", good: ["two\nlines"], bad: ["\u0000"] },
  { schema: "NewUser/properties/email", good: ["ada@example.org"], bad: ["ada", "ada@example", "a@b@c.org"] },
  { schema: "NewKey/properties/name", good: ["Bedside monitor 7"], bad: ["\u0007"] },
  { schema: "EcgPage/properties/next_cursor", good: ["WzFd", "_-"], bad: ["a b", "%"] },
])("refuses by the pattern of $schema what the service refuses", ({ schema, good, bad }) => {
  const { node } = nodes.find(({ path }) => path === `/components/schemas/${schema}`) ?? {};
  const { pattern, minLength = 0 } = node as { pattern: string; minLength?: number };
  const isTaken = (text: string) => text.length >= minLength && new RegExp(pattern, "u").test(text);
  expect([good.filter((text) => !isTaken(text)), bad.filter(isTaken)]).toEqual([[], []]);
});
