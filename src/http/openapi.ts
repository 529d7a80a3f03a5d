import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AppError, ERRORS, type ErrorCode, newInputError } from "../errors.ts";
import { explainIssue, toInputErrors } from "../formats/input-errors.ts";
import type { JobMessage } from "../store/db.ts";
import type { Memory } from "./memory.ts";

/** The bindings and variables of every handler; those that a guard adds are in the route's own type (`guards/guarded-by.ts`). */
export type AppEnv = {
  /** Bindings that wrangler.toml need not name are optional. */
  Bindings: Omit<Env, "JOBS"> & { ARCHIVE?: R2Bucket; JOBS?: Queue<JobMessage>; TOKEN_SECRET_NEXT?: string };
  Variables: {
    requestId: string;
    /** The share of the isolate's memory that the request has. */
    memory: Memory;
    /** The client's own id of the request, if it sent one. */
    clientRequestId?: string;
    /** Why the body is refused that was read before the caller was looked up. */
    bodyRefusal?: unknown;
  };
};

/** The part of a context that is alike behind every guard, for functions that serve all handlers. */
export type AnyContext = Pick<Context<AppEnv>, "req" | "env" | "var" | "newResponse" | "executionCtx">;

z.config({ customError: explainIssue });

/** A router whose refusals of invalid input are problems like all others. */
export function newRouter() {
  return new OpenAPIHono<AppEnv>({
    strict: false, // A trailing slash makes no difference.
    defaultHook: (result) => {
      if (!result.success) throw newInputError(toInputErrors(result.error));
    },
  });
}

const EXAMPLE_REQUEST_ID = "5f2c3f0e-2a8b-4d7c-9f5a-2f6d0a1b3c4d";

/** A refusal that says what the table says of its kind; only a 422 has places of the input to name. */
function newExample(code: ErrorCode): AppError {
  const errors = [{ path: "leads.0.signal.17", message: "1.5 is not an integer" }];
  return code === "invalid" ? newInputError(errors) : new AppError(code);
}

/** A refusal as its answer has it. */
export function newProblem({ code, message, options }: AppError, requestId: string) {
  return {
    type: `urn:problem-type:ecg-api:${code}`,
    title: ERRORS[code].title,
    status: ERRORS[code].status,
    detail: message,
    request_id: requestId,
    errors: options.errors,
    ...options.extensions,
  };
}

/** The body of a refusal. */
export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    request_id: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: "With a 422: each wrong place of the input" }),
    expected: z
      .array(z.object({ name: z.string(), start_sample: z.int() }))
      .optional()
      .openapi({ description: "With the 409 of an append: where each lead goes on" }),
    checks: z
      .record(z.string(), z.string())
      .optional()
      .openapi({ description: "With the 503 of `GET /health/ready`: what is `ok`, and what is not" }),
    error: z.string().optional().openapi({ description: "OAuth's, when a token is refused" }),
    error_description: z.string().optional().openapi({ description: "OAuth's, when a token is refused" }),
  })
  .openapi("Problem", {
    description: "RFC 9457",
    example: newProblem(newExample("invalid"), EXAMPLE_REQUEST_ID),
  });

/** Documents a JSON answer of a route. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** Documents and checks a JSON body that must be there. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/**
 * Documents a JSON body whose schema is written out in the document and not run on requests: a format's reader does the same work
 * in one pass over the bytes.
 */
export function referToSchema(router: OpenAPIHono<AppEnv>, name: string, schema: z.ZodType) {
  const { $schema: _, ...written } = z.toJSONSchema(schema, { io: "input" });
  router.openAPIRegistry.registerComponent("schemas", name, written as object);
  return { required: true, content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } } };
}

/** An answer whose body is written by this project. The types of a route know only JSON that the framework writes. */
export function asWritten(answer: Response): never {
  return answer as never;
}

/**
 * A resource of FHIR, of which the document says no more: its own schemas are larger than the document. Without additionalProperties, by
 * which a generated client could not tell it from the API's own JSON.
 */
const FHIR_RESOURCE = {
  type: "object" as const,
  properties: { resourceType: { type: "string" as const } },
  required: ["resourceType"],
};

/** Documents bodies that are files of these formats: FHIR's are JSON, all others are bytes. */
export function fileContent(formats: readonly { mediaTypes: readonly string[] }[]) {
  const bytes = { type: "string" as const, format: "binary" };
  const schemaOf = (mediaType: string) => (mediaType.endsWith("+json") ? FHIR_RESOURCE : bytes);
  return Object.fromEntries(formats.map(({ mediaTypes: [first] }) => [first, { schema: schemaOf(first) }]));
}

/** Documents a header of an answer. */
function newHeader(description: string) {
  return { description, schema: { type: "string" as const } };
}

/** Documents the header of an answer that may be a file. */
export const fileName = { "Content-Disposition": newHeader("Of a file: its name") };

/** The refusals of every route that takes a body. */
export const BODY_REFUSALS = ["malformed", "too-large", "unsupported-type", "invalid"] as const;

/** The headers that refusals of some codes carry. */
const FAILURE_HEADERS: Partial<Record<ErrorCode, { name: string; description: string }>> = {
  unauthorized: { name: "WWW-Authenticate", description: "Bearer, with OAuth's error when a token was sent" },
  forbidden: {
    name: "WWW-Authenticate",
    description: "Of a key: OAuth's insufficient_scope, and the scope that it lacks",
  },
  "unsupported-type": { name: "Accept-Encoding", description: "Of another encoding: what the route takes instead" },
  "too-many-requests": { name: "Retry-After", description: "Seconds" },
  unavailable: { name: "Retry-After", description: "Seconds" },
};

/** The document's entry of a refusal: its status and what is said of it. */
function newFailure(error: AppError, what: string) {
  const { status, title } = ERRORS[error.code];
  const usual = FAILURE_HEADERS[error.code];
  const headers = {
    ...(usual && { [usual.name]: newHeader(usual.description) }),
    ...(error.options.headers?.["Retry-After"] && { "Retry-After": newHeader("Seconds") }),
  };
  const example = newProblem(error, EXAMPLE_REQUEST_ID);
  const content = { "application/problem+json": { schema: ProblemSchema, example } };
  return [status, { description: `${title}: ${what}`, content, headers }] as const;
}

/** The refusals of the table, made once for all routes: each Error looks where it is made, of which hundreds would delay every start. */
const FAILURES = Object.fromEntries(
  (Object.keys(ERRORS) as ErrorCode[]).map((code) => [code, newFailure(newExample(code), ERRORS[code].detail)]),
) as Record<ErrorCode, ReturnType<typeof newFailure>>;

/**
 * Documents a route's refusals, each with an example: from the table of errors by its code, or as the route itself makes
 * it. Every route may fail with a 500 or meet an outage, and every one that wants a caller brakes keys that are used or tried too often.
 */
export function failures(...refusals: (ErrorCode | AppError)[]) {
  const always: ErrorCode[] = ["internal", "unavailable"];
  const usual: ErrorCode[] = refusals.includes("unauthorized") ? ["too-many-requests", ...always] : always;
  const known = [...refusals.filter((one) => typeof one === "string"), ...usual];
  const own = refusals.filter((one) => typeof one !== "string");
  // Of two with one status the last is documented: the route's own.
  return Object.fromEntries([
    ...known.map((code) => FAILURES[code]),
    ...own.map((error) => newFailure(error, error.message)),
  ]);
}

/** The parameter of a path that names an ECG, a user or a key. */
export const idParameter = z.object({
  // Upper case is as good (RFC 9562, section 4): Swift writes UUIDs so.
  id: z
    .string()
    .toLowerCase()
    .openapi({
      param: { name: "id", in: "path" },
      description: "The id, a UUID; every other one is a 404",
      example: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b",
    }),
});
