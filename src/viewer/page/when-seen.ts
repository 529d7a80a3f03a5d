/**
 * Calls back when an element is seen, and each time that it comes into view again.
 *
 * @param ahead so far beyond the edge of the window it counts as seen
 * @returns what ends it
 */
export function whenSeen(element: Element, onSeen: () => void, ahead = "0px"): () => void {
  // Of what was noted since the last call the newest comes last: on a busy machine that it has gone, and that it is seen again.
  const look = (entries: readonly IntersectionObserverEntry[]) => entries.at(-1)?.isIntersecting && onSeen();
  const observer = new IntersectionObserver(look, { rootMargin: ahead });
  observer.observe(element);
  return () => observer.disconnect();
}
