import type { Account } from "../session/account.ts";
import { ExportAll } from "./export-all.tsx";
import { Keys } from "./keys.tsx";
import { Password } from "./password.tsx";

/** What a person does with the own account. */
export function AccountPage({ account }: { account: Account }) {
  return (
    <main class="list account">
      <Password username={account.username} />
      {account.role === "user" && <Keys />}
      <ExportAll />
    </main>
  );
}
