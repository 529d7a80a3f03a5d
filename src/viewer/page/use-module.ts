import { useLayoutEffect, useState } from "hono/jsx/dom";

/**
 * A part of the page that is loaded when it is first needed: undefined until it is here, null when it cannot be had.
 *
 * @param load the same function each time
 */
export function useModule<T>(load: () => Promise<T>): T | undefined | null {
  const [loaded, setLoaded] = useState<{ module: T | null } | undefined>(undefined);
  useLayoutEffect(() => {
    let isWanted = true;
    load().then(
      (module) => isWanted && setLoaded({ module }),
      () => isWanted && setLoaded({ module: null }),
    );
    return () => {
      isWanted = false;
    };
  }, [load]);
  return loaded?.module;
}
