import { createRoute, z } from "@hono/zod-openapi";
import { EmailSchema, PasswordSchema, UsernameSchema } from "../../auth/accounts.ts";
import { lookOfName } from "../../auth/names.ts";
import { findPasswordFault, type PasswordOwner, readMinPasswordLength } from "../../auth/password-rules.ts";
import { hashPassword, verifyPassword } from "../../auth/passwords.ts";
import { AppError, newInputError } from "../../errors.ts";
import { toTimestamp } from "../../recording/timestamp.ts";
import { recordRefusal } from "../../store/audit.ts";
import { withoutActor } from "../../store/db.ts";
import { ROLES, type UserRow } from "../../store/schema.ts";
import { changePassword, deleteUser, findUser, insertUser, listUsers, updateUser } from "../../store/users.ts";
import { brake } from "../guards/brake.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { smallJson } from "../guards/require-small-body.ts";
import { requireRole, requireUser, requireUserToRead } from "../guards/require-user.ts";
import { BODY_REFUSALS, failures, idParameter, json, jsonBody, newRouter } from "../openapi.ts";
import { decodeCursor, pageSchema, pagingQuery, readPage } from "../paging.ts";

const RoleSchema = z
  .enum(ROLES)
  .openapi({ description: "An admin manages users and sees no ECG; a user owns ECGs", example: "user" });

const NewUserSchema = z
  .strictObject({ username: UsernameSchema, email: EmailSchema, role: RoleSchema, password: PasswordSchema })
  .openapi("NewUser");

const UserSchema = z
  .object({
    id: z.string(),
    username: z.string(),
    email: z.string(),
    role: RoleSchema,
    disabled: z.boolean(),
    created_at: z.string().openapi({ format: "date-time" }),
  })
  .openapi("User", {
    example: {
      id: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b",
      username: "ada",
      email: "ada@example.org",
      role: "user",
      disabled: false,
      created_at: "2026-01-31T09:30:00Z",
    },
  });

const tags = ["Users"];
const requireAdmin = requireRole("admin");

const createUser = createRoute({
  tags,
  ...guardedBy(requireAdmin, smallJson),
  method: "post",
  path: "/admin/users",
  operationId: "createUser",
  summary: "Register a user",
  description:
    "Who can log in at once with this name and password. A name that is taken, or looks like another one, is a 409.",
  request: { body: jsonBody(NewUserSchema) },
  responses: {
    201: { ...json(UserSchema, "The user"), headers: { Location: { schema: { type: "string" } } } },
    ...failures("unauthorized", "forbidden", "conflict", "too-many-requests", ...BODY_REFUSALS),
  },
});

const readUsers = createRoute({
  tags,
  ...guardedBy(requireAdmin),
  method: "get",
  path: "/admin/users",
  operationId: "listUsers",
  summary: "List the users, in the order of their registration",
  description: "A page of accounts; never their passwords, and none of their ECGs.",
  request: { query: z.strictObject(pagingQuery) },
  responses: {
    200: json(pageSchema(UserSchema).openapi("UserPage"), "A page of users"),
    ...failures("unauthorized", "forbidden", "invalid"),
  },
});

const readUser = createRoute({
  tags,
  ...guardedBy(requireAdmin),
  method: "get",
  path: "/admin/users/{id}",
  operationId: "getUser",
  summary: "Read a user",
  description: "The account; never its password, and none of its ECGs.",
  request: { params: idParameter },
  responses: { 200: json(UserSchema, "The user"), ...failures("unauthorized", "forbidden", "not-found") },
});

const changeUser = createRoute({
  tags,
  ...guardedBy(requireAdmin, smallJson),
  method: "patch",
  path: "/admin/users/{id}",
  operationId: "updateUser",
  summary: "Change a user",
  description: "A changed role or password, and being disabled, end the user's tokens at once.",
  request: {
    params: idParameter,
    body: jsonBody(
      z
        .strictObject({ email: EmailSchema, role: RoleSchema, disabled: z.boolean(), password: PasswordSchema })
        .partial()
        .openapi("UserChanges", { example: { disabled: true } }),
    ),
  },
  responses: {
    200: json(UserSchema, "The user as changed"),
    ...failures("unauthorized", "forbidden", "not-found", "conflict", "too-many-requests", ...BODY_REFUSALS),
  },
});

const eraseUser = createRoute({
  tags,
  ...guardedBy(requireAdmin),
  method: "delete",
  path: "/admin/users/{id}",
  operationId: "deleteUser",
  summary: "Erase a user with all the user's ECGs",
  description:
    "For good. The account, its keys and its shares are gone at once, and its name is free; the rows of its ECGs go within minutes. The last enabled admin cannot be erased: a 409.",
  request: { params: idParameter },
  responses: { 204: { description: "Erased" }, ...failures("unauthorized", "forbidden", "not-found", "conflict") },
});

const readOwnUser = createRoute({
  tags,
  ...guardedBy(requireUserToRead),
  method: "get",
  path: "/users/me",
  operationId: "getOwnUser",
  summary: "Read your own account",
  description: "Who the token is of.",
  responses: { 200: json(UserSchema, "Your account"), ...failures("unauthorized", "forbidden") },
});

const changeOwnPassword = createRoute({
  tags,
  ...guardedBy(requireUser, smallJson),
  method: "put",
  path: "/users/me/password",
  operationId: "changeOwnPassword",
  summary: "Change your own password",
  description: "Ends all your tokens, this one too: log in again. Ten tries a minute.",
  request: {
    body: jsonBody(
      z.strictObject({ current_password: z.string(), new_password: PasswordSchema }).openapi("PasswordChange"),
    ),
  },
  responses: {
    204: { description: "Changed" },
    ...failures("unauthorized", "forbidden", ...BODY_REFUSALS),
  },
});

export const userRoutes = newRouter()
  .openapi(createUser, async (c) => {
    const { password, ...fields } = c.req.valid("json");
    requireGoodPassword(c.env, "password", password, fields);
    const passwordHash = await hashPassword(password);
    const user = await insertUser(c.var.store, { ...fields, passwordHash }, lookOfName);
    return c.json(toUser(user), 201, { Location: `/admin/users/${user.id}` });
  })
  .openapi(readUsers, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const [after] = decodeCursor(cursor, z.tuple([z.string()])) ?? [];
    const page = await readPage(
      limit,
      (count) => listUsers(c.var.store, count, after),
      (last) => [last.id],
    );
    return c.json({ items: page.items.map(toUser), next_cursor: page.nextCursor }, 200);
  })
  .openapi(readUser, async (c) => {
    const user = await findUser(c.var.store, c.req.valid("param").id);
    if (!user) throw new AppError("not-found");
    return c.json(toUser(user), 200);
  })
  .openapi(changeUser, async (c) => {
    const { password, ...fields } = c.req.valid("json");
    const before = await findUser(withoutActor(c.var.store), c.req.valid("param").id);
    if (!before) throw new AppError("not-found");
    if (password !== undefined) requireGoodPassword(c.env, "password", password, { ...before, ...fields });
    const passwordHash = password === undefined ? undefined : await hashPassword(password);
    const user = await updateUser(c.var.store, before.id, { ...fields, passwordHash });
    if (!user) throw new AppError("not-found");
    return c.json(toUser(user), 200);
  })
  .openapi(eraseUser, async (c) => {
    if (!(await deleteUser(c.var.store, c.req.valid("param").id))) throw new AppError("not-found");
    return c.body(null, 204);
  })
  .openapi(readOwnUser, (c) => c.json(toUser(c.var.user), 200))
  .openapi(changeOwnPassword, async (c) => {
    const { current_password, new_password } = c.req.valid("json");
    const { user, store } = c.var;
    await brake(c.env.LOGIN_RATE_BY_NAME, `password of ${user.id}`);
    if (!(await verifyPassword(current_password, user.passwordHash))) {
      await recordRefusal(store, "refused");
      throw newInputError([{ path: "current_password", message: "is not your password" }]);
    }
    requireGoodPassword(c.env, "new_password", new_password, user);
    // Hashing takes its time: an admin may have given another password meanwhile, which holds.
    if (!(await changePassword(store, user, await hashPassword(new_password)))) throw new AppError("unauthorized");
    return c.body(null, 204);
  });

/** @throws AppError `invalid` when the password is not to be had, at this place of the input */
function requireGoodPassword(
  env: Pick<Env, "MIN_PASSWORD_LENGTH">,
  path: string,
  password: string,
  owner: PasswordOwner,
): void {
  const message = findPasswordFault(password, readMinPasswordLength(env.MIN_PASSWORD_LENGTH), owner);
  if (message !== undefined) throw newInputError([{ path, message }]);
}

/** An account as JSON: without what proves that somebody is its user. */
export function toUser({ id, username, email, role, disabled, createdAt }: UserRow) {
  return { id, username, email, role, disabled, created_at: toTimestamp(createdAt) };
}
