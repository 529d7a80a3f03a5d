/** What an admin has in place of ECGs: loaded for admins alone. */
export { FailedJobs } from "./failed-jobs.tsx";
export { Users } from "./users.tsx";
