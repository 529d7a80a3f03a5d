import type { PropsWithChildren } from "hono/jsx/dom";
import { type Place, writePlace } from "../page/address.ts";
import { listAddress } from "../page/navigation.ts";
import { PlaceHeading } from "../page/place-heading.tsx";
import type { Account } from "../session/account.ts";
import { logOut } from "../session/session.ts";
import { NEW_TRAIL } from "./trail-filter.ts";

/** The line above every place but those of an ECG: what the place is, and the ways to others. */
export function Head({ account, at, children }: PropsWithChildren<{ account: Account; at: Place }>) {
  const links: { name: Place["name"]; says: string; href: string }[] = [
    { name: "list", says: account.role === "admin" ? "Users" : "ECGs", href: listAddress() },
    { name: "trail", says: "Trail", href: writePlace({ name: "trail", filter: NEW_TRAIL }) },
    { name: "account", says: "Account", href: writePlace({ name: "account" }) },
  ];
  const here = links.find(({ name }) => name === at.name) ?? links[0];
  return (
    <header class="bar">
      <PlaceHeading title={here.says}>{here.says}</PlaceHeading>
      <div class="tools">
        {children}
        <nav aria-label="Places">
          {links.map(({ name, says, href }) => (
            <a key={name} href={href} aria-current={name === here.name ? "page" : undefined}>
              {says}
            </a>
          ))}
        </nav>
        <span class="quiet">{account.username}</span>
        <button type="button" onClick={() => void logOut()}>
          Log out
        </button>
      </div>
    </header>
  );
}
