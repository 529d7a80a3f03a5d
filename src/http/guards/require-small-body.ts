import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import { requireNotEncoded } from "../body.ts";
import type { AppEnv } from "../openapi.ts";
import { findCredential } from "./caller.ts";
import type { BodyGuard } from "./guarded-by.ts";

/** Bytes of a body that is only a few fields. */
const MAX_SMALL_BODY_BYTES = 64 * 1024;

/** The media types of JSON and of forms, as those who read them know them. */
const JSON_TYPES = /^application\/([a-z-.]+\+)?json\b/i;
const FORM_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i;

const limitLength = bodyLimit({
  maxSize: MAX_SMALL_BODY_BYTES,
  onError: () => {
    throw new AppError("too-large");
  },
});

/** Lets in a form that is not too long and not encoded; the route's schema then looks at it. */
export const requireSmallForm = createMiddleware<AppEnv>(async (c, next) => {
  await readBody(c, "application/x-www-form-urlencoded", FORM_TYPES);
  await next();
});

/** Throws at what is not UTF-8: who reads JSON would put other characters in its place, which would be stored. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Lets in a body of JSON like `requireSmallForm`, around a guard: it is read before the caller is looked up, so that one that comes hours
 * later changes nothing by credentials that have ended meanwhile, and refused after it, so that who may not call is told that first. Of who
 * has no token, which the guard refuses, nothing is read.
 */
export const smallJson: BodyGuard = {
  read: createMiddleware<AppEnv>(async (c, next) => {
    const { credential } = await findCredential(c);
    if (!credential) c.set("bodyRefusal", new AppError("unauthorized"));
    else await readJson(c).catch((refusal) => c.set("bodyRefusal", refusal));
    await next();
  }),
  judge: createMiddleware<AppEnv>(async (c, next) => {
    if (c.var.bodyRefusal) throw c.var.bodyRefusal;
    await next();
  }),
};

async function readJson(c: Context<AppEnv>): Promise<void> {
  const body = await readBody(c, "application/json", JSON_TYPES);
  try {
    utf8.decode(body);
  } catch (cause) {
    throw new AppError("malformed", { detail: "The body is not UTF-8.", cause });
  }
}

/** Reads a body; nothing of one that breaks off, which is refused where it is parsed. */
async function readBody(c: Context<AppEnv>, mediaType: string, types: RegExp): Promise<ArrayBuffer | undefined> {
  requireNotEncoded(c.req.raw);
  const type = c.req.header("content-type") ?? "";
  if (!types.test(type)) {
    throw new AppError("unsupported-type", { detail: `This route takes a body of the type ${mediaType}.` });
  }
  if (!type.toLowerCase().startsWith("multipart/")) dropParameters(c, type);
  let body: ArrayBuffer | undefined;
  await limitLength(c, async () => {
    body = await c.req.arrayBuffer().catch(() => undefined);
  });
  return body;
}

/**
 * Takes the parameters from the type of a body, which mean nothing to JSON and to forms: the framework, which looks at the type, knows
 * neither `application/json;` nor a blank before the `;`, as RFC 9110, section 5.6.6, has them.
 */
function dropParameters(c: Context<AppEnv>, type: string): void {
  if (!type.includes(";")) return;
  const headers = new Headers(c.req.raw.headers);
  headers.set("content-type", type.split(";", 1)[0].trim());
  c.req.raw = new Request(c.req.raw, { headers });
}
