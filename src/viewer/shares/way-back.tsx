import { listAddress, share } from "../page/navigation.ts";
import { useValue } from "../page/observable.ts";
import { preferences } from "../page/preferences.ts";

/** Leads from an ECG back to the list, as it was seen last. Whom an ECG is shared with may have a list, or not. */
export function WayBack() {
  const isShared = share.value !== undefined;
  const { staysLoggedIn } = useValue(preferences);
  const says = isShared ? "To your own ECGs" : "Back to the list";
  return (
    <>
      {(!isShared || staysLoggedIn) && (
        <a class="button" href={listAddress()} title={says} aria-label={says}>
          ←
        </a>
      )}
      {isShared && <span class="quiet">Shared, read only</span>}
    </>
  );
}
