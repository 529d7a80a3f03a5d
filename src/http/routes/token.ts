import { createRoute, z } from "@hono/zod-openapi";
import { foldName, normalizeName } from "../../auth/names.ts";
import { NOBODYS_HASH, verifyPassword } from "../../auth/passwords.ts";
import { issueToken } from "../../auth/tokens.ts";
import { AppError } from "../../errors.ts";
import { findUserByName } from "../../store/users.ts";
import { brakeAddress, brakeName } from "../guards/brake.ts";
import { openToAnyone } from "../guards/guarded-by.ts";
import { requireSmallBody } from "../guards/require-small-body.ts";
import { failures, json, newRouter } from "../openapi.ts";

const createToken = createRoute({
  method: "post",
  path: "/auth/token",
  operationId: "createToken",
  tags: ["Authentication"],
  summary: "Log in",
  description:
    "OAuth2's password grant (RFC 6749, section 4.3). Ten tries a minute for one name from one address, 60 from one address, 100 for one name.",
  ...openToAnyone(brakeAddress, requireSmallBody),
  request: {
    body: {
      required: true,
      content: {
        "application/x-www-form-urlencoded": {
          // Not strict: clients of OAuth2 send `scope`, `client_id` and others, which a server is to ignore.
          schema: z
            .object({
              grant_type: z.literal("password").optional(),
              username: z.string().openapi({ example: "ada" }),
              password: z.string().openapi({ format: "password", example: "correct horse battery" }),
            })
            .openapi("Login"),
        },
      },
    },
  },
  responses: {
    200: json(
      z.object({ access_token: z.string(), token_type: z.literal("bearer"), expires_in: z.int() }).openapi("Token", {
        example: { access_token: "eyJhbGciOiJIUzI1NiJ9...", token_type: "bearer", expires_in: 900 },
      }),
      "A token, and how many seconds it lasts",
    ),
    ...failures("malformed", newLoginRefusal(), "too-large", "unsupported-type", "invalid", "too-many-requests"),
  },
});

export const tokenRoutes = newRouter().openapi(createToken, async (c) => {
  const { username, password } = c.req.valid("form");
  await brakeName(c.env, c.req.raw, foldName(username));
  const user = await findUserByName(c.var.store, username, normalizeName(username));
  const isRight = await verifyPassword(password, user?.passwordHash ?? NOBODYS_HASH);
  if (!user || user.disabled || !isRight) throw newLoginRefusal();
  const seconds = Number(c.env.TOKEN_MINUTES) * 60;
  const token = await issueToken(
    c.env.TOKEN_SECRET,
    { userId: user.id, credentialsVersion: user.credentialsVersion },
    seconds,
  );
  return c.json({ access_token: token, token_type: "bearer" as const, expires_in: seconds }, 200);
});

/** The refusal of a log-in, alike for a wrong password, an unknown and a disabled user. OAuth's clients read its extensions. */
function newLoginRefusal(): AppError {
  const detail = "Wrong username or password.";
  return new AppError("unauthorized", {
    detail,
    headers: { "WWW-Authenticate": "Bearer" },
    extensions: { error: "invalid_grant", error_description: detail },
  });
}
