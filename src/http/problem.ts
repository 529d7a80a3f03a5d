import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { AppError, ERRORS, type ErrorCode } from "../errors.ts";
import { logError } from "./log.ts";
import type { AppEnv } from "./openapi.ts";

/** Any error as `application/problem+json` (RFC 9457); what went wrong inside goes to the log alone. */
export function toProblem(error: Error, c: Context<AppEnv>): Response {
  const known = error instanceof AppError ? error : fromFramework(error);
  const { status, title } = ERRORS[known.code];
  if (status >= 500) logError(c, error);
  const problem = {
    type: `urn:problem-type:ecg-api:${known.code}`,
    title,
    status,
    detail: known.message,
    request_id: c.var.requestId,
    errors: known.options.errors,
    ...known.options.extensions,
  };
  return c.newResponse(JSON.stringify(problem), status, {
    ...known.options.headers,
    "Content-Type": "application/problem+json",
  });
}

/** Hono's own refusals: a body that is not JSON or a form, or of a type that the route does not take. */
function fromFramework(error: Error): AppError {
  if (!(error instanceof HTTPException)) return new AppError("internal", { cause: error });
  const code = (Object.keys(ERRORS) as ErrorCode[]).find((key) => ERRORS[key].status === error.status);
  return code ? new AppError(code, { cause: error }) : new AppError("internal", { cause: error });
}
