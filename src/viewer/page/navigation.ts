import { type Place, parsePlace, writePlace } from "./address.ts";
import { Observable } from "./observable.ts";

/** Where the page is. It follows the address: a link, Back and Forward. */
export const place = new Observable<Place>(parsePlace(location.hash));

addEventListener("hashchange", () => place.set(parsePlace(location.hash)));

/** Goes to another place: Back comes back. */
export function goTo(next: Place): void {
  location.hash = writePlace(next);
}

/** Says in the address how the place is looked at now; Back does not come back to how it was before. */
export function noteInAddress(next: Place): void {
  const hash = writePlace(next);
  if (hash !== location.hash) history.replaceState(history.state, "", hash);
}
