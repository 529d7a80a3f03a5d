import { useLayoutEffect, useState } from "hono/jsx/dom";
import { readSummary } from "../api.ts";
import { ChooseOther } from "../compare/choose-other.tsx";
import { isLocal } from "../local/local-ecgs.ts";
import { commandsOfMeasuring } from "../measure/measure-keys.ts";
import { MeasureTable } from "../measure/measure-table.tsx";
import { Measuring } from "../measure/measuring.ts";
import { Printed } from "../out/printed.tsx";
import type { View } from "../page/address.ts";
import { Dialog } from "../page/dialog.tsx";
import { place, share } from "../page/navigation.ts";
import { useValue } from "../page/observable.ts";
import { useModule } from "../page/use-module.ts";
import { Unopened, useOpened } from "../page/use-opened.tsx";
import { WayBack } from "../shares/way-back.tsx";
import { Bar } from "./bar.tsx";
import { type Asks, commandsOf } from "./commands.ts";
import { Overview } from "./overview.tsx";
import { PaperDialogs } from "./paper-dialogs.tsx";
import { PaperView } from "./paper-view.tsx";
import { Reading } from "./reading.ts";
import { useInsights } from "./use-insights.tsx";
import { useKeys } from "./use-keys.ts";
import { ViewOptions } from "./view-options.tsx";

/** The place where an ECG is read. */
export function Reader({ id, view }: { id: string; view: View }) {
  const { opened, ...opening } = useOpened(
    async (signal) => {
      const ecg = await readSummary(id, signal);
      // A link may have led to another view of it meanwhile.
      const { value: at } = place;
      return new Reading(ecg, at.name === "ecg" && at.id === id ? at.view : view);
    },
    [id],
  );
  if (opened?.ecg.id === id) return <Opened key={id} reading={opened} />;
  return (
    <Unopened {...opening}>
      <WayBack />
    </Unopened>
  );
}

function Opened({ reading }: { reading: Reading }) {
  const [asked, ask] = useState<keyof Asks | undefined>(undefined);
  // A dialog that was closed is told of it late: another one may be open by then.
  const close = () => ask((now) => (now === asked ? undefined : now));
  const [measuring] = useState(() => new Measuring(reading));
  const measured = useInsights(reading, measuring);
  const asks: Asks = {
    goToTime: () => ask("goToTime"),
    options: () => ask("options"),
    filters: () => ask("filters"),
    exports: () => ask("exports"),
    ...(!share.value && !isLocal(reading.ecg.id) && { compare: () => ask("compare") }),
    keys: () => ask("keys"),
  };
  const commands = [
    ...measured.first,
    ...commandsOfMeasuring(measuring),
    ...commandsOf(reading, asks, measured.commands),
  ];
  useKeys(commands);
  useLayoutEffect(() => () => measuring.close(), [measuring]);
  return (
    <div class="reader">
      <Bar reading={reading} measuring={measuring} asks={asks}>
        {measured.numbers}
      </Bar>
      <div class="desk">
        <main>
          <Printed reading={reading} />
          <PaperView reading={reading} measuring={measuring} />
          <MeasureTable measuring={measuring} />
          <Failure reading={reading} />
          <Overview reading={reading} />
          {measured.strip}
        </main>
        {measured.drawer}
      </div>
      <PaperDialogs asked={asked} reading={reading} commands={commands} onClose={close} />
      {asked === "options" && (
        <Dialog key="options" title="View" onClose={close}>
          <ViewOptions reading={reading} />
        </Dialog>
      )}
      {asked === "exports" && (
        <Dialog key="exports" title="Export" onClose={close}>
          <Exports measuring={measuring} />
        </Dialog>
      )}
      {asked === "compare" && (
        <Dialog key="compare" title="Compare with" onClose={close}>
          <ChooseOther ecg={reading.ecg} view={reading.view.value} />
        </Dialog>
      )}
    </div>
  );
}

const loadExports = () => import("../out/export-menu.tsx");

function Exports({ measuring }: { measuring: Measuring }) {
  const loaded = useModule(loadExports);
  if (loaded === null) return <p>This part of the page cannot be had: load it again.</p>;
  return loaded ? <loaded.ExportMenu measuring={measuring} /> : <p class="quiet">Opening …</p>;
}

/** Says what could not be had of what is seen. */
function Failure({ reading }: { reading: Reading }) {
  useValue(reading.scene);
  const { failure } = reading;
  if (!failure) return null;
  return (
    <p class="failure" role="alert">
      {failure}{" "}
      <button type="button" onClick={() => reading.retry()}>
        Try again
      </button>
    </p>
  );
}
