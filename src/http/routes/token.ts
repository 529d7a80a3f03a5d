import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { foldName, normalizeName } from "../../auth/names.ts";
import { NOBODYS_HASH, verifyPassword } from "../../auth/passwords.ts";
import {
  hashRefreshToken,
  newRefreshToken,
  newRotationSalt,
  nextToken,
  parseRefreshToken,
  type RefreshToken,
  writeRefreshToken,
} from "../../auth/refresh-tokens.ts";
import { issueToken, secretsOf } from "../../auth/tokens.ts";
import { AppError, type InputError, newInputError } from "../../errors.ts";
import { toInputErrors } from "../../formats/json/ecg-json.ts";
import { recordRefusal } from "../../store/audit.ts";
import { newId } from "../../store/ids.ts";
import type { UserRow } from "../../store/schema.ts";
import { endSession, rotateSession, startSession } from "../../store/sessions.ts";
import { findUserByName } from "../../store/users.ts";
import { brakeAddress, brakeName } from "../guards/brake.ts";
import { type Guarded, openToAnyone } from "../guards/guarded-by.ts";
import { requireSmallBody } from "../guards/require-small-body.ts";
import { failures, json, newRouter } from "../openapi.ts";
import {
  clearRefreshCookie,
  findRefreshCookie,
  newStrangerRefusal,
  requireKnownOrigin,
  setRefreshCookie,
} from "../refresh-cookie.ts";

const DAY_SECONDS = 24 * 3600;
const tags = ["Authentication"];

// Neither form is strict: clients of OAuth2 send `scope`, `client_id` and others, which a server is to ignore.
const LoginSchema = z
  .object({
    // A text and not an enum, so that OAuth2's own error is answered to another grant.
    grant_type: z
      .string()
      .optional()
      .openapi({
        enum: ["password", "refresh_token"],
        default: "password",
        description:
          "`password` wants username and password; `refresh_token` a refresh token, in its field or the cookie",
      }),
    username: z.string().optional().openapi({ example: "ada" }),
    password: z.string().optional().openapi({ format: "password", example: "correct horse battery" }),
    refresh_token: z.string().optional(),
    refresh_cookie: z
      .enum(["true", "false"])
      .transform((value) => value === "true")
      .optional()
      .openapi({ description: "For pages: the refresh token goes into the cookie and not into the answer" }),
  })
  .openapi("Login");

const TokenSchema = z
  .object({
    access_token: z.string(),
    token_type: z.literal("bearer"),
    expires_in: z.int().openapi({ description: "Seconds that the access token lasts" }),
    refresh_token: z.string().optional().openapi({ description: "Left out when it is in the cookie" }),
    refresh_expires_in: z.int().openapi({ description: "Seconds until the user has to log in again" }),
  })
  .openapi("Token", {
    example: {
      access_token: "eyJhbGciOiJIUzI1NiJ9...",
      token_type: "bearer",
      expires_in: 900,
      refresh_token: "ecgr_0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b.kpQ8...",
      refresh_expires_in: 2592000,
    },
  });

const createToken = createRoute({
  method: "post",
  path: "/auth/token",
  operationId: "createToken",
  tags,
  summary: "Log in, or stay logged in",
  description: `OAuth2's password grant (RFC 6749, section 4.3), and the refresh of a token (section 6). Ten log-ins a minute for one name from one address, 60 with refreshes from one address, 100 for one name.

A refresh token is good for one use, whose answer has the next one. The same once more within ten seconds gets the same answer; after that it
is taken for stolen and ends the log-in. So do a log-out, another role or password, and 30 days, however often it was used.

For a page, \`refresh_cookie=true\` puts the refresh token into a cookie that no script can read (\`HttpOnly; Secure; SameSite=Strict; Path=/auth\`).
\`grant_type=refresh_token\` without a \`refresh_token\` takes the cookie's and sets it anew.`,
  ...openToAnyone(brakeAddress, requireSmallBody),
  request: { body: { required: true, content: { "application/x-www-form-urlencoded": { schema: LoginSchema } } } },
  responses: {
    200: {
      ...json(TokenSchema, "A token, and how many seconds it lasts"),
      headers: { "Set-Cookie": { description: "The cookie, if it is wanted", schema: { type: "string" } } },
    },
    ...failures(
      newUnknownGrant(),
      newLoginRefusal(),
      newStrangerRefusal(),
      "too-large",
      "unsupported-type",
      newFormRefusal([{ path: "password", message: "is missing" }]),
      "too-many-requests",
    ),
  },
});

const logOut = createRoute({
  method: "post",
  path: "/auth/logout",
  operationId: "logOut",
  tags,
  summary: "Log out",
  description:
    "Ends the log-in that a refresh token is of, and removes the cookie if the token was in it. It is a 204 for an unknown token, too (RFC 7009). An access token lasts until its end, minutes later: forget it.",
  ...openToAnyone(requireSmallBody),
  request: {
    body: {
      required: true,
      content: {
        "application/x-www-form-urlencoded": {
          schema: z
            .object({
              refresh_token: z.string().optional().openapi({ description: "The cookie's, if left out" }),
            })
            .openapi("Logout", { example: { refresh_token: "ecgr_0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b.kpQ8..." } }),
        },
      },
    },
  },
  responses: {
    204: { description: "The log-in has ended" },
    ...failures(
      newStrangerRefusal(),
      "too-large",
      "unsupported-type",
      newFormRefusal([{ path: "refresh_token", message: "is given twice" }]),
    ),
  },
});

type Form = z.output<typeof LoginSchema>;
/** Who is logged in, the token that keeps it so, until when, and whether the token goes into the cookie. */
type Login = { user: UserRow; refreshToken: RefreshToken; expiresAt: number; inCookie: boolean };

export const tokenRoutes = newRouter()
  .openapi(
    createToken,
    async (c) => {
      const form = c.req.valid("form");
      const { user, refreshToken, expiresAt, inCookie } = await grant(c, form);
      const seconds = Number(c.env.TOKEN_MINUTES) * 60;
      const subject = { userId: user.id, credentialsVersion: user.credentialsVersion };
      const token = await issueToken(secretsOf(c.env)[0], subject, seconds);
      const refreshSeconds = Math.round((expiresAt - Date.now()) / 1000);
      const written = writeRefreshToken(refreshToken);
      if (inCookie) setRefreshCookie(c, written, refreshSeconds);
      return c.json(
        {
          access_token: token,
          token_type: "bearer" as const,
          expires_in: seconds,
          refresh_token: inCookie ? undefined : written,
          refresh_expires_in: refreshSeconds,
        },
        200,
      );
    },
    refuseForm,
  )
  .openapi(
    logOut,
    async (c) => {
      const { sent, isCookie } = findSentToken(c, c.req.valid("form").refresh_token);
      if (isCookie) requireKnownOrigin(c);
      const token = parseRefreshToken(sent ?? "");
      if (token) await endSession(c.var.store, token.sessionId);
      if (isCookie) clearRefreshCookie(c);
      return c.body(null, 204);
    },
    refuseForm,
  );

/** @throws AppError when the grant is none, or what it wants is missing or wrong */
function grant(c: Context<Guarded>, form: Form): Promise<Login> {
  // RFC 6749, section 3.2: a parameter without a value is as if it were left out.
  const type = form.grant_type || "password";
  if (type === "password") return logIn(c, form);
  if (type === "refresh_token") return refresh(c, form);
  throw newUnknownGrant();
}

async function logIn(
  c: Context<Guarded>,
  { username, password, refresh_cookie: inCookie = false }: Form,
): Promise<Login> {
  if (!username || !password) throw newMissing({ username, password });
  if (inCookie) requireKnownOrigin(c);
  await brakeName(c.env, c.req.raw, foldName(username));
  const user = await findUserByName(c.var.store, username, normalizeName(username));
  const isRight = await verifyPassword(password, user?.passwordHash ?? NOBODYS_HASH);
  if (!user || user.disabled || !isRight) {
    // Of an unknown user the name is not kept: it may be a password in the wrong field.
    await recordRefusal(c.var.store, "refused", { accountId: user?.id });
    throw newLoginRefusal();
  }
  const refreshToken = newRefreshToken(newId());
  const expiresAt = Date.now() + Number(c.env.REFRESH_DAYS) * DAY_SECONDS * 1000;
  const isStarted = await startSession(c.var.store, {
    id: refreshToken.sessionId,
    userId: user.id,
    credentialsVersion: user.credentialsVersion,
    tokenHash: hashRefreshToken(refreshToken),
    expiresAt,
  });
  if (!isStarted) throw newLoginRefusal();
  return { user, refreshToken, expiresAt, inCookie };
}

async function refresh(c: Context<Guarded>, { refresh_token, refresh_cookie = false }: Form): Promise<Login> {
  const { sent, isCookie } = findSentToken(c, refresh_token);
  if (!sent) throw newMissing({ refresh_token });
  // What came in the cookie never leaves it, or a script could have it.
  const inCookie = isCookie || refresh_cookie;
  if (inCookie) requireKnownOrigin(c);
  const token = parseRefreshToken(sent);
  if (!token) throw newRefreshRefusal();
  const salt = newRotationSalt();
  const rotated = await rotateSession(c.var.store, {
    id: token.sessionId,
    tokenHash: hashRefreshToken(token),
    nextHash: hashRefreshToken(nextToken(token, salt)),
    salt,
  });
  if (!rotated) throw newRefreshRefusal();
  const { user, expiresAt } = rotated;
  return { user, refreshToken: nextToken(token, rotated.salt), expiresAt, inCookie };
}

/** The refresh token that a request brings: that of its field, or else that of its cookie. */
function findSentToken(c: Context<Guarded>, field: string | undefined) {
  const sent = field || findRefreshCookie(c);
  return { sent, isCookie: !field && sent !== undefined };
}

/** The refusal of a log-in, alike for a wrong password, an unknown and a disabled user. OAuth's clients read its extensions. */
function newLoginRefusal(): AppError {
  return newGrantRefusal("Wrong username or password.");
}

/** The refusal of a refresh, alike for a token that is none, was used before, or whose log-in has ended. */
function newRefreshRefusal(): AppError {
  return newGrantRefusal("The refresh token is not valid, or no longer: log in again.");
}

function newGrantRefusal(detail: string): AppError {
  return new AppError("unauthorized", {
    detail,
    headers: { "WWW-Authenticate": "Bearer" },
    extensions: { error: "invalid_grant", error_description: detail },
  });
}

function newUnknownGrant(): AppError {
  const detail = "The grant_type is password or refresh_token.";
  return new AppError("malformed", {
    detail,
    extensions: { error: "unsupported_grant_type", error_description: detail },
  });
}

/** The refusal of a form with fields that are not what they should be, in OAuth's words too. */
function newFormRefusal(errors: InputError[]): AppError {
  return newInputError(errors, { error: "invalid_request", error_description: "The form is not valid: see errors." });
}

function newMissing(fields: Record<string, string | undefined>): AppError {
  const missing = Object.keys(fields).filter((name) => !fields[name]);
  return newFormRefusal(missing.map((path) => ({ path, message: "is missing" })));
}

function refuseForm(result: { success: true } | { success: false; error: z.ZodError }): undefined {
  if (!result.success) throw newFormRefusal(toInputErrors(result.error));
}
