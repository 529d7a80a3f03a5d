import { useLayoutEffect, useState } from "hono/jsx/dom";

/**
 * A part of the page that is loaded when it is first needed: undefined until it is here, null when it cannot be had. Then it is tried
 * once more when there is a connection again.
 *
 * @param load the same function each time
 */
export function useModule<T>(load: () => Promise<T>): T | undefined | null {
  const [loaded, setLoaded] = useState<{ module: T | null } | undefined>(undefined);
  useLayoutEffect(() => {
    let isWanted = true;
    const loadIt = () => {
      removeEventListener("online", loadIt);
      load().then(
        (module) => isWanted && setLoaded({ module }),
        () => {
          if (!isWanted) return;
          setLoaded({ module: null });
          addEventListener("online", loadIt);
        },
      );
    };
    loadIt();
    return () => {
      isWanted = false;
      removeEventListener("online", loadIt);
    };
  }, [load]);
  return loaded?.module;
}
