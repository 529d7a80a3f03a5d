import { type PropsWithChildren, useLayoutEffect } from "hono/jsx/dom";
import { Head } from "./account/head.tsx";
import { List } from "./list/list.tsx";
import { NEW_SEARCH } from "./list/search.ts";
import { isLocal } from "./local/local-ecgs.ts";
import { LookButton } from "./local/look-button.tsx";
import type { Page, Pair, Place } from "./page/address.ts";
import { goTo, place, share } from "./page/navigation.ts";
import { useValue } from "./page/observable.ts";
import { PlaceHeading } from "./page/place-heading.tsx";
import { useModule } from "./page/use-module.ts";
import { Reader } from "./reader/reader.tsx";
import { DropZone } from "./send/drop-zone.tsx";
import { SendButton } from "./send/send-button.tsx";
import { UploadList } from "./send/upload-list.tsx";
import { send } from "./send/uploads.ts";
import type { Account } from "./session/account.ts";
import { LogIn } from "./session/log-in.tsx";
import { openSession, session } from "./session/session.ts";
import { Shared } from "./shares/shared.tsx";
import { WayBack } from "./shares/way-back.tsx";

/**
 * The page: a place of it, and over it the question for the password while nobody is logged in. An address with a share opens its ECG
 * alone, and a file that is not sent is shown alone, too: they ask nobody.
 *
 * It alone follows the address: of two components that do, one in the other, the lower one would be mounted twice.
 */
export function App() {
  const now = useValue(session);
  const link = useValue(share);
  const at = useValue(place);
  const isOfFile = (at.name === "ecg" || at.name === "disclosure") && isLocal(at.id);
  useLayoutEffect(() => {
    if (!link) void openSession();
  }, [link]);
  if (link) {
    return (
      <Shared link={link} at={at}>
        <EcgPlaces at={at} />
      </Shared>
    );
  }
  if (isOfFile) return <EcgPlaces at={at} />;
  if (now.state === "opening") return <div class="message quiet">Opening …</div>;
  const { account } = now;
  return (
    <>
      {account && <Places key={account.id} account={account} at={at} />}
      {now.state === "out" && <LogIn key="log-in" username={account?.username} why={now.why} />}
    </>
  );
}

function Places({ account, at }: { account: Account; at: Place }) {
  if (account.role === "admin") return <AdminPlaces account={account} at={at} />;
  return (
    <>
      <EcgPlaces at={at} />
      {at.name === "compare" && <Comparing key={at.pair.ids.join()} pair={at.pair} />}
      {at.name === "list" && (
        <div class="start">
          <Head account={account} at={at}>
            <LookButton />
            <SendButton />
          </Head>
          <UploadList />
          <List search={at.search} />
        </div>
      )}
      {(at.name === "trail" || at.name === "account") && (
        <div class="start">
          <Head account={account} at={at} />
          <AccountPlaces account={account} at={at} />
        </div>
      )}
      <DropZone says="Drop to send" onDrop={sendDropped} />
    </>
  );
}

/** Sends files, whatever is seen, and shows the list, which says what comes of them. */
function sendDropped(files: readonly File[]): void {
  void send(files);
  if (place.value.name !== "list") goTo({ name: "list", search: NEW_SEARCH });
}

/** The places of one ECG. */
function EcgPlaces({ at }: { at: Place }) {
  return (
    <>
      {at.name === "ecg" && <Reader key={at.id} id={at.id} view={at.view} />}
      {at.name === "disclosure" && <AllOfEcg key={`all of ${at.id}`} id={at.id} page={at.page} />}
    </>
  );
}

const loadDisclosure = () => import("./disclosure/disclosure.tsx");

function AllOfEcg({ id, page }: { id: string; page: Page }) {
  const loaded = useModule(loadDisclosure);
  if (!loaded) return <PlaceToCome isInVain={loaded === null} />;
  return <loaded.Disclosure id={id} page={page} />;
}

const loadCompare = () => import("./compare/compare.tsx");

function Comparing({ pair }: { pair: Pair }) {
  const loaded = useModule(loadCompare);
  if (!loaded) return <PlaceToCome isInVain={loaded === null} />;
  return <loaded.Compare pair={pair} />;
}

const loadAccount = () => import("./account/kit.ts");

/** What a person does with the own account, or reads in the trail. */
function AccountPlaces({ account, at }: { account: Account; at: Place }) {
  const loaded = useModule(loadAccount);
  if (!loaded) return <Waiting isInVain={loaded === null} />;
  return at.name === "trail" ? (
    <loaded.Trail account={account} filter={at.filter} />
  ) : (
    <loaded.AccountPage account={account} />
  );
}

const loadAdmin = () => import("./admin/kit.ts");

/** An admin manages users, has failed jobs done once more, and sees no ECG. */
function AdminPlaces({ account, at }: { account: Account; at: Place }) {
  const loaded = useModule(loadAdmin);
  return (
    <div class="start">
      <Head account={account} at={at} />
      {at.name === "trail" || at.name === "account" ? (
        <AccountPlaces account={account} at={at} />
      ) : loaded ? (
        <main>
          <loaded.FailedJobs />
          <loaded.Users account={account} />
        </main>
      ) : (
        <Waiting isInVain={loaded === null} />
      )}
    </div>
  );
}

/** Stands for a place of its own, with a way back. */
function PlaceToCome({ isInVain }: { isInVain: boolean }) {
  return (
    <div class="reader">
      <header class="bar">
        <WayBack />
      </header>
      <Waiting isInVain={isInVain}>
        <PlaceHeading title="Not opened">This cannot be opened</PlaceHeading>
      </Waiting>
    </div>
  );
}

/** Stands for a part of the page that is still to come, or cannot be had: then below the heading of what it is, if that has none yet. */
function Waiting({ isInVain, children }: PropsWithChildren<{ isInVain: boolean }>) {
  if (!isInVain) return <main class="message quiet">Opening …</main>;
  return (
    <main class="message">
      {children}
      <p role="alert">This part of the page cannot be had: load it again.</p>
    </main>
  );
}
