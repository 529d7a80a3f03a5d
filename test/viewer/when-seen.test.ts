import { afterEach, expect, it, vi } from "vitest";
import { whenSeen } from "../../src/viewer/page/when-seen.ts";

afterEach(() => void vi.unstubAllGlobals());

it.each([
  { noted: [true], seen: 1 },
  { noted: [false], seen: 0 },
  { noted: [false, true], seen: 1 },
  { noted: [true, false], seen: 0 },
])("what is noted of an element on a busy machine counts as it is now: $noted", ({ noted, seen }) => {
  let tell: (entries: { isIntersecting: boolean }[]) => void = () => {};
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(look: typeof tell) {
        tell = look;
      }
      observe = () => {};
      disconnect = () => {};
    },
  );
  const onSeen = vi.fn();
  whenSeen({} as Element, onSeen);
  tell(noted.map((isIntersecting) => ({ isIntersecting })));
  expect(onSeen).toHaveBeenCalledTimes(seen);
});
