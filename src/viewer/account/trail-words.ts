/** What was done, by the API's names for it. */
export const ACTION_WORDS: Record<string, string> = {
  "POST /auth/token": "Logged in, or stayed logged in",
  "POST /auth/logout": "Logged out",
  "GET /users/me": "Read the account",
  "PUT /users/me/password": "Changed the password",
  "GET /users/me/export": "Downloaded all data",
  "GET /users/me/audit": "Read the trail",
  "GET /users/me/keys": "Listed keys",
  "POST /users/me/keys": "Made a key",
  "DELETE /users/me/keys/{id}": "Revoked a key",
  "GET /ecg": "Listed ECGs",
  "POST /ecg": "Sent an ECG",
  "GET /ecg/{id}": "Read an ECG",
  "PATCH /ecg/{id}": "Changed what is said of an ECG",
  "DELETE /ecg/{id}": "Deleted an ECG",
  "POST /ecg/{id}/samples": "Appended samples to an ECG",
  "POST /ecg/{id}/close": "Ended a recording",
  "GET /ecg/{id}/insights": "Read what was measured in an ECG",
  "GET /ecg/{id}/annotators": "Listed the annotators of an ECG",
  "GET /ecg/{id}/annotations": "Read the annotations of an ECG",
  "GET /ecg/{id}/annotations/{annotator}": "Read an annotator's annotations of an ECG",
  "PUT /ecg/{id}/annotations/{annotator}": "Annotated an ECG",
  "DELETE /ecg/{id}/annotations/{annotator}": "Deleted annotations of an ECG",
  "GET /ecg/{id}/annotations/{annotator}/compare": "Compared annotations of an ECG",
  "GET /ecg/{id}/shares": "Listed the shares of an ECG",
  "POST /ecg/{id}/shares": "Shared an ECG",
  "DELETE /ecg/{id}/shares/{share}": "Revoked a share of an ECG",
  "GET /admin/users": "Listed users",
  "POST /admin/users": "Added a user",
  "GET /admin/users/{id}": "Read a user",
  "PATCH /admin/users/{id}": "Changed a user",
  "DELETE /admin/users/{id}": "Erased a user",
  "GET /admin/jobs": "Listed jobs that have failed",
  "POST /admin/jobs/{kind}/{id}/retry": "Had a job done again",
  "GET /admin/audit": "Read the trail of all",
};

/** An entry of the trail, as far as it is told. */
export type Entry = {
  account_id: string | null;
  user_id: string | null;
  key_id: string | null;
  action: string;
  subject_id: string | null;
  outcome: string;
};
/** Who reads the trail, and what users and keys are called, by their ids, as far as it is known. */
export type Names = { self: string; users: ReadonlyMap<string, string>; keys: ReadonlyMap<string, string> };

/** An entry in words; `ecg` is the id of the ECG that it is about. */
export function describeEntry(entry: Entry, names: Names): { what: string; who: string; ecg: string | undefined } {
  const { action, outcome, subject_id: subject } = entry;
  const said = ACTION_WORDS[action] ?? action;
  return {
    what: outcome === "done" ? said : `${said}: ${outcome.replaceAll("-", " ")}`,
    who: describeActor(entry, names),
    ecg:
      subject !== null && /^\w+ \/ecg\/\{id\}(?!\/shares\/)/.test(action) && outcome === "done" ? subject : undefined,
  };
}

function describeActor(
  { account_id: account, user_id: user, key_id: key }: Entry,
  { self, users, keys }: Names,
): string {
  const nameOf = (id: string) => users.get(id) ?? `account ${id.slice(-12)}`;
  const who = user === null ? "somebody unknown" : user === self ? "you" : nameOf(user);
  const by = key === null ? "" : ` by ${keys.get(key) ?? "a key"}`;
  // Whose account it is goes without saying where it is one's own.
  const about = account === null || account === user || account === self ? "" : `, about ${nameOf(account)}`;
  return who + by + about;
}
