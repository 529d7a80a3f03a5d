import type { Loaded } from "../page/loaded.ts";

/** Says that something is still to come, or why it does not. */
export function Waiting({
  loaded,
  onRetry,
  doing = "Measuring",
}: {
  loaded: Loaded<unknown>;
  onRetry: () => void;
  doing?: string;
}) {
  if (loaded.state === "loading") return <p class="quiet">{doing} …</p>;
  if (loaded.state !== "failed") return null;
  return (
    <p role="alert">
      {loaded.why}{" "}
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </p>
  );
}
