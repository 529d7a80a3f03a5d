/** A refusal, in the words of the API. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a problem (RFC 9457) says, with the places of the input that were wrong. */
export function explainProblem(problem: unknown, status: number): string {
  const { detail, errors } = Object(problem) as { detail?: unknown; errors?: { path: string; message: string }[] };
  const said = typeof detail === "string" ? detail : `The service answered ${status}.`;
  const places = (errors ?? [])
    .map(({ path, message }) => `${path}: ${message}`)
    .filter((place) => !said.includes(place));
  return [said, ...places.slice(0, 5)].join(" ");
}

/** Whether an error is that of a call which was called off. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Whether an error is that of a call which was not answered in time. */
function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** Whether a call was not answered at all: the service is out of reach. */
function isUnanswered(error: unknown): boolean {
  return error instanceof TypeError || isTimeout(error);
}

/** Whether a failure may be none a little later: the service is out of reach, or busy. */
export function isPassing(error: unknown): boolean {
  return isUnanswered(error) || (error instanceof Refusal && (error.status >= 500 || error.status === 429));
}

/** What to show of an error. */
export function explainError(error: unknown): string {
  if (isUnanswered(error)) return "The service cannot be reached.";
  return error instanceof Error ? error.message : String(error);
}
