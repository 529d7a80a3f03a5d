import type { PropsWithChildren } from "hono/jsx/dom";
import type { Place } from "../page/address.ts";
import { useValue } from "../page/observable.ts";
import { PlaceHeading } from "../page/place-heading.tsx";
import { endedKey } from "./share-access.ts";
import type { ShareLink } from "./share-link.ts";

/** What is seen by a share: its ECG, or why not. Nobody need be logged in. */
export function Shared({ link, at, children }: PropsWithChildren<{ link: ShareLink; at: Place }>) {
  const ended = useValue(endedKey);
  if (link.key === null || (at.name !== "ecg" && at.name !== "disclosure")) {
    return (
      <Message title="This link is not whole">
        A part of it is missing. Copy all of it, or ask whoever sent it to you to send it again.
      </Message>
    );
  }
  if (ended === link.key) {
    return (
      <Message title="This ECG is no longer shared">
        The share has ended or was revoked. Ask whoever sent you the link for a new one.
      </Message>
    );
  }
  return <>{children}</>;
}

function Message({ title, children }: PropsWithChildren<{ title: string }>) {
  return (
    <main class="message">
      <PlaceHeading title={title}>{title}</PlaceHeading>
      <p>{children}</p>
    </main>
  );
}
