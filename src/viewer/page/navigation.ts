import { NEW_SEARCH } from "../list/search.ts";
import { parseShareLink, type ShareLink, writeShareLink } from "../shares/share-link.ts";
import { type Place, parsePlace, writePlace } from "./address.ts";
import { Observable } from "./observable.ts";

/** The share by whose key the page reads, if the address has one. */
export const share = new Observable<ShareLink | undefined>(parseShareLink(location.hash));
/** Where the page is. It follows the address: a link, Back and Forward. */
export const place = new Observable<Place>(parsePlace(share.value?.hash ?? location.hash));
/** The list as it was seen last. */
let list: Place = { name: "list", search: NEW_SEARCH };
noteList();

addEventListener("hashchange", () => {
  const { value } = share;
  const next = parseShareLink(location.hash);
  if (next?.key !== value?.key || Boolean(next) !== Boolean(value)) share.set(next);
  place.set(parsePlace(next?.hash ?? location.hash));
  noteList();
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

/** Says in the address how the place is looked at now; Back does not come back to how it was before. */
export function noteInAddress(next: Place): void {
  const hash = addressOf(next);
  if (hash !== location.hash) history.replaceState(history.state, "", hash);
}

function noteList(): void {
  if (!share.value && place.value.name === "list") list = place.value;
}
