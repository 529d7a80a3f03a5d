/** What the places of an account need, and no other place. */
export { AccountPage } from "./account-page.tsx";
export { Trail } from "./trail.tsx";
