/** A wrong place of an input: `path` is dotted (`leads.0.signal.17`), and empty for the whole of it. */
export type InputError = { path: string; message: string };

/** Wrong places that an answer names. */
const MAX_SHOWN_ERRORS = 100;
/** Characters of a path or a message that an answer shows. */
const MAX_SHOWN_LENGTH = 200;

/** Every kind of refusal: its HTTP status, its title, and what to say when nothing more precise is known. */
export const ERRORS = {
  malformed: { status: 400, title: "Bad Request", detail: "The request could not be read." },
  unauthorized: {
    status: 401,
    title: "Unauthorized",
    detail: "A valid token or key is needed: log in at POST /auth/token.",
  },
  forbidden: { status: 403, title: "Forbidden", detail: "Your role does not allow this." },
  "not-found": { status: 404, title: "Not Found", detail: "There is nothing here, or nothing that you may see." },
  "method-not-allowed": { status: 405, title: "Method Not Allowed", detail: "This path does not take that method." },
  "not-acceptable": { status: 406, title: "Not Acceptable", detail: "There is no such format to answer in." },
  timeout: { status: 408, title: "Request Timeout", detail: "Nothing more of the body has come for half a minute." },
  conflict: { status: 409, title: "Conflict", detail: "The request contradicts what is stored." },
  "precondition-failed": {
    status: 412,
    title: "Precondition Failed",
    detail: "It is another one by now than the request expects: read it again.",
  },
  "too-large": { status: 413, title: "Content Too Large", detail: "The body is larger than this route takes." },
  "unsupported-type": {
    status: 415,
    title: "Unsupported Media Type",
    detail: "This route does not take that type of body.",
  },
  invalid: { status: 422, title: "Unprocessable Content", detail: "The request is not valid: see errors." },
  "too-many-requests": {
    status: 429,
    title: "Too Many Requests",
    detail: "Too many attempts: wait before the next one.",
  },
  internal: { status: 500, title: "Internal Server Error", detail: "Something went wrong on our side." },
  "damaged-signal": {
    status: 500,
    title: "Damaged Signal",
    detail: "The stored signal failed its checksum and is withheld.",
  },
  unavailable: { status: 503, title: "Service Unavailable", detail: "The storage does not answer: try again." },
} as const;

/** A kind of refusal. */
export type ErrorCode = keyof typeof ERRORS;

/** What a refusal says beyond its kind. */
type AppErrorOptions = {
  /** A sentence for people: what is wrong with this request. */
  detail?: string;
  /** Each wrong part of the input, with a 422. */
  errors?: InputError[];
  /** Headers that the answer must carry, such as `Retry-After`. */
  headers?: Record<string, string>;
  /** More members of the problem, such as OAuth's `error`. */
  extensions?: Record<string, unknown>;
  cause?: unknown;
};

/** A refusal that is part of the contract; anything else that is thrown becomes a bland 500. */
export class AppError extends Error {
  override name = "AppError";
  readonly code: ErrorCode;
  readonly options: AppErrorOptions;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.detail ?? ERRORS[code].detail, { cause: options.cause });
    this.code = code;
    this.options = options;
  }
}

/**
 * The refusal of an input that can be read but is not valid. The input may hold megabytes: the answer shows the first of them.
 *
 * @param extensions more members of the problem
 */
export function newInputError(errors: InputError[], extensions?: AppErrorOptions["extensions"]): AppError {
  const shown = errors
    .slice(0, MAX_SHOWN_ERRORS)
    .map(({ path, message }) => ({ path: cut(path), message: cut(message) }));
  const more = shown.length > 1 ? ` It is the first of ${errors.length} wrong places: see errors.` : "";
  const detail = shown.length > 0 ? `${explain("The input is not valid", shown[0])}${more}` : undefined;
  return new AppError("invalid", { detail, errors: shown, extensions });
}

/** The first words of messages whose subject is their place: `line 3` with `has no time`. */
const VERB = /^(is|are|has|have|must|ends|begins|breaks|holds|names|promises|unpacks) /;

/**
 * A sentence that says what is wrong at a place.
 *
 * @param what the sentence's beginning, such as `The file cannot be read`
 */
export function explain(what: string, { path, message }: InputError): string {
  if (path === "") return `${what}: ${VERB.test(message) ? `it ${message}` : message}.`;
  return VERB.test(message) ? `${what}: ${path} ${message}.` : `${what} at ${path}: ${message}.`;
}

function cut(text: string): string {
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}...` : text;
}
