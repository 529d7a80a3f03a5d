import { HTTPException } from "hono/http-exception";
import { AppError, ERRORS, type ErrorCode } from "../errors.ts";
import { findBearerToken } from "./bearer-token.ts";
import { logError } from "./log.ts";
import { type AnyContext, newProblem } from "./openapi.ts";

/** When a request that met an outage may come again, in seconds. */
const RETRY_SECONDS = 5;

/** Any error as `application/problem+json` (RFC 9457); what went wrong inside goes to the log alone. */
export function toProblem(error: Error, c: AnyContext): Response {
  const known = findKnown(error) ?? fromFramework(error);
  const problem = newProblem(known, c.var.requestId);
  if (problem.status >= 500) logError(c, error);
  return c.newResponse(JSON.stringify(problem), problem.status, {
    ...(problem.status === 401 && { "WWW-Authenticate": challengeOf(c) }),
    ...(problem.status === 503 && { "Retry-After": String(RETRY_SECONDS) }),
    ...known.options.headers,
    "Content-Type": "application/problem+json",
  });
}

/** The refusal that an error is, or that is its cause: the database's library wraps what the database throws. */
function findKnown(error: Error): AppError | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AppError) return cause;
  }
  return undefined;
}

/** The challenge of a 401 (RFC 6750, section 3): it names an error only when a token was sent. */
function challengeOf(c: AnyContext): string {
  return findBearerToken(c.req.header("authorization")) ? 'Bearer error="invalid_token"' : "Bearer";
}

/** Hono's own refusals: a body that is not JSON or a form, or of a type that the route does not take. */
function fromFramework(error: Error): AppError {
  if (!(error instanceof HTTPException)) return new AppError("internal", { cause: error });
  const code = (Object.keys(ERRORS) as ErrorCode[]).find((key) => ERRORS[key].status === error.status);
  if (!code) return new AppError("internal", { cause: error });
  // It says whether a body is no JSON or no form.
  const detail = code === "malformed" ? error.message.replace(/\.?$/, ".") : undefined;
  return new AppError(code, { detail, cause: error });
}
