import { findLead } from "../../recording/lead-names.ts";
import { GAINS } from "../page/address.ts";
import { Choice } from "../page/choice.tsx";
import { useValue } from "../page/observable.ts";
import { prefer, preferences } from "../page/preferences.ts";
import { writeNumber } from "../page/words.ts";
import { rhythmOf } from "../paper/layout.ts";
import { nameLead } from "../paper/paper-leads.ts";
import { changeOrder } from "./moves.ts";
import type { Reading } from "./reading.ts";

/** 100 mm of a screen before anybody has measured it, in CSS pixels: at the 96 pixels of an inch. */
const USUAL_PIXELS = 378;
/** The least and the most that 100 mm of a screen are, in CSS pixels. */
const FEWEST_PIXELS = 150;
const MOST_PIXELS = 900;
/** The length of the bar that a ruler is held against, in mm: the most that fits the dialog, and that of a phone. */
const BAR_MM = 50;
const PHONE_BAR_MM = 30;
/** On a narrower screen, in CSS pixels, the bar is that of a phone. */
const NARROW = 600;

/** Which leads are shown, in which order, below which rhythm, how high, and how large a millimetre is on this screen. */
export function ViewOptions({ reading }: { reading: Reading }) {
  const view = useValue(reading.view);
  const { nightPaper } = useValue(preferences);
  return (
    <div class="options">
      <LeadChoice reading={reading} />
      <RhythmChoice reading={reading} />
      <ChestGain reading={reading} />
      <label>
        <input type="checkbox" checked={view.order === "cabrera"} onChange={() => reading.change(changeOrder(view))} />
        Limb leads in Cabrera's order: aVL, I, −aVR, II, aVF, III
      </label>
      <label>
        <input type="checkbox" checked={nightPaper} onChange={() => prefer({ nightPaper: !nightPaper })} />
        Dark paper
      </label>
      <Millimetre />
    </div>
  );
}

/** Chooses the leads that are shown, one at the least. */
function LeadChoice({ reading }: { reading: Reading }) {
  const view = useValue(reading.view);
  const names = reading.ecg.leads.map(({ name }) => name);
  const shown = view.leads?.flatMap((name) => findLead(reading.ecg.leads, name)?.name ?? []) ?? names;
  const show = (leads: string[]) => {
    if (leads.length === 0) return;
    reading.change({ leads: leads.join("\n") === names.join("\n") ? null : leads });
  };
  const toggle = (name: string) =>
    show(shown.includes(name) ? shown.filter((other) => other !== name) : [...shown, name]);
  return (
    <fieldset>
      <legend>Leads, in the order in which they are chosen</legend>
      {names.map((name) => (
        <label key={name}>
          <input type="checkbox" checked={shown.includes(name)} onChange={() => toggle(name)} />
          {nameLead(name)}
        </label>
      ))}
      <button type="button" onClick={() => reading.change({ leads: null })} disabled={!view.leads}>
        All
      </button>
    </fieldset>
  );
}

/** Chooses the leads of the rhythm strips, where the layout has any. */
function RhythmChoice({ reading }: { reading: Reading }) {
  const view = useValue(reading.view);
  const layout = useValue(reading.scene)?.layout.layout;
  const names = reading.ecg.leads.map(({ name }) => name);
  const rhythm = layout ? rhythmOf(layout, view, reading.ecg.leads) : [];
  if (rhythm.length === 0) return null;
  return (
    <fieldset>
      <legend>Rhythm strips</legend>
      {rhythm.map((lead, i) => (
        <Choice
          key={i}
          name={`Rhythm strip ${i + 1}`}
          value={lead}
          values={names.map((name) => ({ value: name, text: nameLead(name) }))}
          onChange={(name) => reading.change({ rhythm: rhythm.with(i, name) })}
        />
      ))}
      <button type="button" onClick={() => reading.change({ rhythm: null })} disabled={!view.rhythm}>
        As usual
      </button>
    </fieldset>
  );
}

/** Chooses a gain of its own for the chest leads. */
function ChestGain({ reading }: { reading: Reading }) {
  const view = useValue(reading.view);
  return (
    <fieldset>
      <legend>Gain of the chest leads</legend>
      <Choice
        name="Gain of the chest leads"
        value={String(view.chestGain ?? "")}
        values={[
          { value: "", text: "that of the others" },
          ...GAINS.map((gain) => ({ value: String(gain), text: `${writeNumber(gain)} mm/mV` })),
        ]}
        onChange={(gain) => reading.change({ chestGain: gain === "" ? null : Number(gain) })}
      />
    </fieldset>
  );
}

/** Has all of the paper in the window, or a millimetre as long as on a ruler. */
function Millimetre() {
  const { pixelsPer100Mm } = useValue(preferences);
  const pixels = pixelsPer100Mm ?? USUAL_PIXELS;
  const barMm = innerWidth < NARROW ? PHONE_BAR_MM : BAR_MM;
  return (
    <fieldset>
      <legend>Size of a millimetre</legend>
      <label>
        <input
          type="radio"
          name="millimetre"
          checked={pixelsPer100Mm === null}
          onChange={() => prefer({ pixelsPer100Mm: null })}
        />
        All of the paper in the window
      </label>
      <label>
        <input
          type="radio"
          name="millimetre"
          checked={pixelsPer100Mm !== null}
          onChange={() => prefer({ pixelsPer100Mm: pixels })}
        />
        True to a ruler: make the bar {barMm} mm long
      </label>
      <input
        type="range"
        aria-label="Length of the bar"
        min={FEWEST_PIXELS}
        max={MOST_PIXELS}
        value={pixels}
        onInput={(event: Event) => prefer({ pixelsPer100Mm: Number((event.target as HTMLInputElement).value) })}
      />
      <div class="ruler" style={{ width: `${(pixels * barMm) / 100}px` }} />
    </fieldset>
  );
}
