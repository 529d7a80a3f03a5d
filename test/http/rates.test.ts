import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { app } from "../../src/http/app.ts";
import { brakeUser, FREE_A_MINUTE } from "../../src/http/guards/brake.ts";
import { newCaller, newKeyOf } from "../support/api.ts";
import { withinMinute } from "../support/within-minute.ts";

const ECG = JSON.stringify({ leads: [{ name: "II", signal: [1] }] });

it.each([
  { name: "READ_RATE", braked: "GET", other: "POST" },
  { name: "WRITE_RATE", braked: "POST", other: "GET" },
])("$name brakes each $braked of a user's tokens, and nobody else", async ({ name, braked, other }) => {
  const statuses = await withinMinute(async () => {
    const [ada, byron] = [await newCaller(), await newCaller()];
    const key = await newKeyOf(ada.user);
    const limit: RateLimit = { limit: async ({ key }) => ({ success: key !== ada.user.id }) };
    const send = async (method: string, authorization: string) => {
      const headers = { Authorization: authorization, "Content-Type": "application/json" };
      const init = { method, headers, ...(method === "POST" && { body: ECG }) };
      const answer = await app.request("/ecg", init, { ...env, [name]: limit });
      return answer.headers.get("retry-after") ?? answer.ok;
    };
    const first = await send(braked, ada.authorization);
    for (const { user } of [ada, byron]) {
      for (let i = 1; i < FREE_A_MINUTE; i++) await brakeUser({}, braked, user.id);
    }
    await brakeUser({}, braked, byron.user.id);
    const last = await send(braked, ada.authorization);
    const others = [send(other, ada.authorization), send(braked, byron.authorization), send(braked, key)];
    return [first, last, ...(await Promise.all(others))];
  });
  expect(statuses).toEqual([true, "60", true, true, true]);
});
