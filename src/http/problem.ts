import { HTTPException } from "hono/http-exception";
import { AppError, ERRORS, type ErrorCode } from "../errors.ts";
import { findBearerToken } from "./bearer-token.ts";
import { logError } from "./log.ts";
import { type AnyContext, newProblem } from "./openapi.ts";

/** Any error as `application/problem+json` (RFC 9457); what went wrong inside goes to the log alone. */
export function toProblem(error: Error, c: AnyContext): Response {
  const known = error instanceof AppError ? error : fromFramework(error);
  const problem = newProblem(known, c.var.requestId);
  if (problem.status >= 500) logError(c, error);
  return c.newResponse(JSON.stringify(problem), problem.status, {
    ...(problem.status === 401 && { "WWW-Authenticate": challengeOf(c) }),
    ...known.options.headers,
    "Content-Type": "application/problem+json",
  });
}

/** The challenge of a 401 (RFC 6750, section 3): it names an error only when a token was sent. */
function challengeOf(c: AnyContext): string {
  return findBearerToken(c.req.header("authorization")) ? 'Bearer error="invalid_token"' : "Bearer";
}

/** Hono's own refusals: a body that is not JSON or a form, or of a type that the route does not take. */
function fromFramework(error: Error): AppError {
  if (!(error instanceof HTTPException)) return new AppError("internal", { cause: error });
  const code = (Object.keys(ERRORS) as ErrorCode[]).find((key) => ERRORS[key].status === error.status);
  return code ? new AppError(code, { cause: error }) : new AppError("internal", { cause: error });
}
