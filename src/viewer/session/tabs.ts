import { logOut, session, whoIsHere } from "./session.ts";

/** What a tab tells the others: who has logged in there, or out. */
type News = { is: "in" | "out"; id: string | undefined };

/** Ends the log-in here when somebody logs out in another tab, or somebody else logs in: the cookie is that of all tabs. */
export function watchTabs(): void {
  const tabs = new BroadcastChannel("log-ins");
  let last = session.value;
  let isTold = false;
  tabs.onmessage = ({ data: { is, id } }: MessageEvent<News>) => {
    if (session.value.state !== "in" || (is === "out") !== (id === whoIsHere())) return;
    isTold = true;
    void logOut(
      is === "out" ? "You have logged out in another tab." : "Somebody else has logged in in another tab.",
      true,
    );
    isTold = false;
  };
  session.subscribe(() => {
    const { value: now } = session;
    // A log-in that has ended by itself ends in each tab by itself.
    const isLeft = last.state === "in" && now.state === "out" && now.isLeft;
    if (now.state === "in" || (isLeft && !isTold)) tabs.postMessage({ is: now.state, id: whoIsHere() } satisfies News);
    last = now;
  });
}
