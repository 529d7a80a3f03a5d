import { useLayoutEffect, useState } from "hono/jsx/dom";

/** A value that others are told of when it changes. */
export class Observable<T> {
  private current: T;
  private readonly listeners = new Set<() => void>();

  constructor(initial: T) {
    this.current = initial;
  }

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    for (const listener of [...this.listeners]) listener();
  }

  /** @returns what ends it */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

/** The value of an observable in a component, which is drawn again when it changes. */
export function useValue<T>(observable: Observable<T>): T {
  const { value } = observable;
  const [, redraw] = useState(0);
  // hono runs other effects with the next frame, even those of a component that has gone by then, which would come back to be drawn.
  useLayoutEffect(() => {
    const drawAgain = () => redraw((count) => count + 1);
    if (!Object.is(value, observable.value)) drawAgain();
    return observable.subscribe(drawAgain);
  }, [observable]);
  return value;
}
