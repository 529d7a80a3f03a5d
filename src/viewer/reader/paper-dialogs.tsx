import { FilterOptions } from "../filters/filter-options.tsx";
import { Dialog } from "../page/dialog.tsx";
import type { Asks, Command } from "./commands.ts";
import { GoToTime } from "./go-to-time.tsx";
import { Keys } from "./keys.tsx";
import type { Reading } from "./reading.ts";

type Props = {
  asked: keyof Asks | undefined;
  reading: Reading;
  commands: readonly Command[];
  /** Which of several ECGs goes to a time, as it stands behind the words. */
  whose?: string;
  onClose: () => void;
};

/** The dialogs of every place with a paper: the one that is asked for is open. */
export function PaperDialogs({ asked, reading, commands, whose = "", onClose }: Props) {
  return (
    <>
      {asked === "goToTime" && (
        <Dialog key="goToTime" title={`Go to a time${whose}`} onClose={onClose}>
          <GoToTime reading={reading} onDone={onClose} />
        </Dialog>
      )}
      {asked === "filters" && (
        <Dialog key="filters" title="Filters" onClose={onClose}>
          <FilterOptions reading={reading} />
        </Dialog>
      )}
      {asked === "keys" && (
        <Dialog key="keys" title="Keys" onClose={onClose}>
          <Keys commands={commands} />
        </Dialog>
      )}
    </>
  );
}
