/**
 * Calls back when what is drawn on an element has to be drawn anew: it has a size, or another one, its window was moved to a screen
 * with other pixels, or the page has become dark or light.
 *
 * @returns what ends it
 */
export function observeLook(element: Element, onChange: () => void): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  const observer = new ResizeObserver(onChange);
  observer.observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange, { signal });
  const watchPixels = () => {
    const asNow = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const onOther = () => {
      watchPixels();
      onChange();
    };
    asNow.addEventListener("change", onOther, { once: true, signal });
  };
  watchPixels();
  return () => {
    observer.disconnect();
    ending.abort();
  };
}
