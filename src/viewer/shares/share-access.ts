import { share } from "../page/navigation.ts";
import { Observable } from "../page/observable.ts";
import { callAs, callWithToken } from "../session/session.ts";

/** The key of a share that does not hold any more. */
export const endedKey = new Observable<string | null>(null);

/** Calls the API with the key of the share that the address has, or else with the token. */
export async function callToRead(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const key = share.value?.key;
  if (!key) return callWithToken(input, init);
  const answer = await callAs(key, input, init);
  if (answer.status === 401) endedKey.set(key);
  return answer;
}
