import { NEW_SEARCH } from "../list/search.ts";
import { beforeAnother } from "../session/session.ts";
import { parseShareLink, type ShareLink, writeShareLink } from "../shares/share-link.ts";
import { type Place, parsePlace, writePlace } from "./address.ts";
import { Observable } from "./observable.ts";

/** The share by whose key the page reads, if the address has one. */
export const share = new Observable<ShareLink | undefined>(parseShareLink(location.hash));
/** Where the page is. It follows the address: a link, Back and Forward. */
export const place = new Observable<Place>(parsePlace(share.value?.hash ?? location.hash));
/** The address that the page follows: that of the browser is another one from a link's click until the page is told of it. */
let followed = location.hash;
/** The list as it was seen last. */
let list: Place = { name: "list", search: NEW_SEARCH };
noteList();

addEventListener("hashchange", () => {
  followed = location.hash;
  const { value } = share;
  const next = parseShareLink(location.hash);
  if (next?.key !== value?.key || Boolean(next) !== Boolean(value)) share.set(next);
  place.set(parsePlace(next?.hash ?? location.hash));
  noteList();
});

beforeAnother.add(() => {
  list = { name: "list", search: NEW_SEARCH };
  if (place.value.name === "list") goTo(list);
});

/** The address of a place, with its `#`: under a share that of the share. */
export function addressOf(next: Place): string {
  const { value } = share;
  return value?.key ? writeShareLink(value.key, writePlace(next)) : writePlace(next);
}

/** The address of the list as it was seen last. */
export function listAddress(): string {
  return writePlace(list);
}

/** Goes to another place: Back comes back. */
export function goTo(next: Place): void {
  location.hash = addressOf(next);
}

/** Goes to another place in the stead of the one that is seen: Back comes back to what was before both. */
export function goInstead(next: Place): void {
  location.replace(addressOf(next));
}

/**
 * Says in the address how the place is looked at now; Back does not come back to how it was before. An address to which the browser
 * has gone, and of which the page has not been told yet, stays: it would be lost.
 */
export function noteInAddress(next: Place): void {
  const hash = addressOf(next);
  if (hash === location.hash || location.hash !== followed) return;
  history.replaceState(history.state, "", hash);
  followed = location.hash;
}

function noteList(): void {
  if (!share.value && place.value.name === "list") list = place.value;
}
