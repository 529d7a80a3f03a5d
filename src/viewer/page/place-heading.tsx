import { type PropsWithChildren, useEffect, useLayoutEffect, useRef } from "hono/jsx/dom";

const PAGE = "ECG API";

/**
 * The heading of a place. When the place comes the keyboard and screen readers begin with it, and the tab is called by it.
 *
 * @param title is kept in the browser's history: it says of nobody whose ECG was read
 */
export function PlaceHeading({ title, children }: PropsWithChildren<{ title: string }>) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    const own = `${title} · ${PAGE}`;
    document.title = own;
    return () => {
      // The next place may have its title already.
      if (document.title === own) document.title = PAGE;
    };
  }, [title]);
  // With the next frame: what had the focus has gone with the place before.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
