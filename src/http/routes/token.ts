import { createRoute, z } from "@hono/zod-openapi";
import { parseRefreshToken, writeRefreshToken } from "../../auth/refresh-tokens.ts";
import { issueToken, secretsOf } from "../../auth/tokens.ts";
import { NO_LIST, toInputErrors } from "../../formats/input-errors.ts";
import { endSession } from "../../store/sessions.ts";
import { findSentToken, grant, newFormRefusal, newLoginRefusal, newUnknownGrant } from "../grants.ts";
import { brakeAddress } from "../guards/brake.ts";
import { openToAnyone } from "../guards/guarded-by.ts";
import { requireSmallForm } from "../guards/require-small-body.ts";
import { failures, json, newRouter } from "../openapi.ts";
import { clearRefreshCookie, newStrangerRefusal, requireKnownOrigin, setRefreshCookie } from "../refresh-cookie.ts";

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
  ...openToAnyone(brakeAddress, requireSmallForm),
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
  ...openToAnyone(requireSmallForm),
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
    204: {
      description: "The log-in has ended",
      headers: {
        "Set-Cookie": { description: "Removes the cookie, if the token was in it", schema: { type: "string" } },
      },
    },
    ...failures(
      "malformed",
      newStrangerRefusal(),
      "too-large",
      "unsupported-type",
      newFormRefusal([{ path: "refresh_token", message: NO_LIST }]),
    ),
  },
});

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

function refuseForm(result: { success: true } | { success: false; error: z.ZodError }): undefined {
  if (!result.success) throw newFormRefusal(toInputErrors(result.error));
}
