import type { PropsWithChildren } from "hono/jsx/dom";
import { LiveSign } from "../live/live-sign.tsx";
import { isLocal } from "../local/local-ecgs.ts";
import { LocalSign } from "../local/local-sign.tsx";
import { MeasureTools } from "../measure/measure-tools.tsx";
import type { Measuring } from "../measure/measuring.ts";
import { NEW_PAGE } from "../page/address.ts";
import { EcgTitle } from "../page/moment.tsx";
import { addressOf } from "../page/navigation.ts";
import { useValue } from "../page/observable.ts";
import { writeClock } from "../page/words.ts";
import { ShareButton } from "../shares/share-button.tsx";
import { WayBack } from "../shares/way-back.tsx";
import type { Asks } from "./commands.ts";
import { PaperChoices } from "./paper-choices.tsx";
import type { Reading } from "./reading.ts";

/** An ECG that is longer, in seconds, has the time of day of what is seen. */
const CLOCK_SECONDS = 60;

/** The time of day of the left edge of the paper. */
function Clock({ reading }: { reading: Reading }) {
  useValue(reading.scene);
  const { ecg, frame } = reading;
  const clock = frame && (ecg.duration ?? 0) > CLOCK_SECONDS ? writeClock(ecg, frame.time) : undefined;
  return clock ? (
    <span class="quiet clock" title="The time of day at the left edge of the paper">
      from {clock}
    </span>
  ) : null;
}

/** The line above the paper: whose ECG it is, and how it is looked at. */
export function Bar({
  reading,
  measuring,
  asks,
  children,
}: PropsWithChildren<{ reading: Reading; measuring: Measuring; asks: Asks }>) {
  const ecg = useValue(reading.summary);
  return (
    <header class="bar">
      <WayBack />
      <EcgTitle ecg={ecg} />
      <Clock reading={reading} />
      <LiveSign reading={reading} />
      {isLocal(ecg.id) && <LocalSign id={ecg.id} />}
      {children}
      <div class="tools">
        <MeasureTools measuring={measuring} />
        <button type="button" title="Go to a time (g)" onClick={asks.goToTime}>
          Go to
        </button>
        <a
          class="button"
          href={addressOf({ name: "disclosure", id: reading.ecg.id, page: NEW_PAGE })}
          title="All of it, a line a minute (a)"
        >
          All
        </a>
        <PaperChoices reading={reading} onFilters={asks.filters} />
        <button type="button" title="Leads, order, rhythm and size (v)" onClick={asks.options}>
          View
        </button>
        {asks.compare && (
          <button type="button" title="Compare with another ECG of the subject (d)" onClick={asks.compare}>
            Compare
          </button>
        )}
        <button type="button" title="Export (e)" onClick={asks.exports}>
          Export
        </button>
        <ShareButton reading={reading} />
        <button type="button" title="Keys (?)" aria-label="Keys" onClick={asks.keys}>
          ?
        </button>
      </div>
    </header>
  );
}
