/**
 * The buttons that go to the one before and to the next of what is gone through.
 *
 * @param titles of the one before and of the next, with their keys
 */
export function StepButtons({ onStep, titles }: { onStep: (by: 1 | -1) => void; titles?: [string, string] }) {
  return (
    <>
      <button type="button" title={titles?.[0]} onClick={() => onStep(-1)}>
        Previous
      </button>
      <button type="button" title={titles?.[1]} onClick={() => onStep(1)}>
        Next
      </button>
    </>
  );
}
