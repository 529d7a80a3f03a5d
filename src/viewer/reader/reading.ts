import type { EcgSummary } from "../api.ts";
import { paintFilterLabel } from "../filters/filter-label.ts";
import { filterSignal } from "../filters/filtered-signal.ts";
import type { View } from "../page/address.ts";
import { noteInAddress, place } from "../page/navigation.ts";
import { Observable } from "../page/observable.ts";
import { preferences } from "../page/preferences.ts";
import { writeGains } from "../page/words.ts";
import { describeWindow } from "../paper/describe-window.ts";
import { inkOf } from "../paper/ink.ts";
import { type Box, type Layout, layOutView } from "../paper/layout.ts";
import { type Centre, type Scene, samplesPerPixel } from "../paper/paint.ts";
import type { OverlayPainter } from "../paper/paper.ts";
import { pickLeads, shareScale, toPaperLead } from "../paper/paper-leads.ts";
import { EcgSignal, type SeenSignal } from "../signal/ecg-signal.ts";
import type { Grasp, Hand } from "./gestures.ts";
import type { Frame } from "./moves.ts";

/** The address is written when the view has rested so long, in ms: browsers refuse hundreds of changes a minute. */
const REST_MS = 250;

type ReadingOptions = { note?: (view: View) => void; mostSeconds?: number };

/**
 * An ECG that is being read: the view, the signal of the leads that it shows, and the scene that follows from both and from the size
 * of the paper. Whatever is drawn of an ECG follows `scene`; whatever moves it sets `view`.
 */
export class Reading {
  /** The ECG without its samples; another one when it has grown. */
  readonly summary: Observable<EcgSummary>;
  readonly view: Observable<View>;
  /** What is to be painted; undefined before the paper has a size. */
  readonly scene = new Observable<Scene | undefined>(undefined);
  /** How it is seen, in words, since keys have moved it: for those who do not see it. */
  readonly told = new Observable("");
  /** What is painted over the paper, the later above the earlier. */
  readonly overlays = new Observable<readonly OverlayPainter[]>([paintFilterLabel]);
  private signal: EcgSignal;
  /** The signal as filters leave it. */
  private seen: SeenSignal;
  private leadNames: string;
  private box: Box | undefined;
  private readonly centres = new Map<string, Centre>();
  private readonly endings: (() => void)[];
  private hands: readonly Hand[] = [];
  private closely: readonly number[] = [];
  private readonly note: (view: View) => void;
  private readonly mostSeconds: number | undefined;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private telling: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param note is given the view when it has rested; if left out, the address says it
   * @param mostSeconds of a line
   */
  constructor(ecg: EcgSummary, view: View, { note, mostSeconds }: ReadingOptions = {}) {
    this.note = note ?? ((rested) => noteInAddress({ name: "ecg", id: ecg.id, view: rested }));
    this.mostSeconds = mostSeconds;
    this.summary = new Observable(ecg);
    this.view = new Observable(view);
    this.leadNames = this.namesOf(view).join("\n");
    this.signal = this.open(view);
    this.seen = this.signal;
    this.endings = [
      this.view.subscribe(() => this.follow()),
      preferences.subscribe(() => this.resize()),
      place.subscribe(() => {
        const { value } = place;
        if (value.name === "ecg" && value.id === ecg.id) this.view.set(value.view);
      }),
    ];
  }

  get ecg(): EcgSummary {
    return this.summary.value;
  }

  /** Takes what has been recorded of the ECG meanwhile. */
  grow(ecg: EcgSummary): void {
    this.summary.set(ecg);
    this.signal.grow(ecg);
    this.update();
  }

  /** The paper has this size from now on. */
  resize(size: Pick<Box, "width" | "height" | "ratio"> | undefined = this.box): void {
    if (!size) return;
    const { pixelsPer100Mm } = preferences.value;
    const millimetre = pixelsPer100Mm === null ? null : pixelsPer100Mm / 100;
    this.box = { ...size, millimetre, mostSeconds: this.mostSeconds };
    this.update();
  }

  /** What is seen, for moves; undefined before the paper has a size. */
  get frame(): Frame | undefined {
    const layout = this.scene.value?.layout;
    if (!layout) return undefined;
    const { duration, rate } = this.signal;
    return { time: layout.time, lineSeconds: layout.lineSeconds, seconds: layout.seconds, duration, rate };
  }

  /** Moves by a rule of `moves.ts`. */
  move(rule: (view: View, frame: Frame) => View): void {
    if (this.frame) this.view.set(rule(this.view.value, this.frame));
  }

  /** Changes how it is seen. */
  change(changes: Partial<View>): void {
    this.view.set({ ...this.view.value, time: this.scene.value?.layout.time ?? this.view.value.time, ...changes });
  }

  /**
   * Has something painted over the paper.
   *
   * @param isUnder whether it goes below all that is there: marks below what is measured
   * @returns what ends it
   */
  paintOver(painter: OverlayPainter, isUnder = false): () => void {
    const { value: others } = this.overlays;
    this.overlays.set(isUnder ? [painter, ...others] : [...others, painter]);
    return () => this.overlays.set(this.overlays.value.filter((one) => one !== painter));
  }

  /** Lets something over the paper be taken hold of, before what was there. @returns what ends it */
  takeHand(hand: Hand): () => void {
    this.hands = [hand, ...this.hands];
    return () => {
      this.hands = this.hands.filter((one) => one !== hand);
    };
  }

  /** Takes hold of what is at a place of the canvas, if anything is. */
  grasp(x: number, y: number, isNew: boolean): Grasp | undefined {
    for (const hand of this.hands) {
      const grasp = hand.grasp(x, y, isNew);
      if (grasp) return grasp;
    }
    return undefined;
  }

  /** Looks at a place of the canvas. */
  look(x: number, y: number): void {
    for (const hand of this.hands) hand.look?.(x, y);
  }

  /** Has all that is over the paper painted anew: what it shows has changed. */
  repaintOver(): void {
    this.overlays.set([...this.overlays.value]);
  }

  /** Has single samples fetched about these times, whatever is seen: something is measured there. */
  lookClosely(times: readonly number[]): void {
    if (times.join() === this.closely.join()) return;
    this.closely = times;
    this.update();
  }

  /** Why something of what is seen could not be had. */
  get failure(): string | undefined {
    const { value: scene } = this.scene;
    if (!scene) return undefined;
    const { time, seconds } = scene.layout;
    return this.seen.findFailure(time, time + seconds, samplesPerPixel(scene));
  }

  /** Tries again to have what could not be had. */
  retry(): void {
    this.signal.retry();
  }

  /** Tells how it is seen, as soon as nothing moves it any more. */
  tell(): void {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const layout = this.scene.value?.layout;
      if (layout) this.told.set([describeWindow(layout), writeGains(layout.gains)].filter(Boolean).join(", "));
    }, REST_MS);
  }

  close(): void {
    clearTimeout(this.resting);
    clearTimeout(this.telling);
    for (const end of this.endings) end();
    this.signal.close();
  }

  private open(view: View): EcgSignal {
    return new EcgSignal(this.ecg, this.namesOf(view), () => this.update());
  }

  private namesOf(view: View): string[] {
    return pickLeads(this.ecg, view).map(({ name }) => name);
  }

  private follow(): void {
    const { value: view } = this.view;
    const names = this.namesOf(view).join("\n");
    if (names !== this.leadNames) {
      this.leadNames = names;
      this.signal.close();
      this.signal = this.open(view);
    }
    this.update();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.note(this.view.value), REST_MS);
  }

  private update(): void {
    if (!this.box) return;
    const { ecg, signal, centres } = this;
    const seen = filterSignal(signal, this.view.value.filters, this.seen);
    // Without its wander a lead has another middle.
    if (seen !== this.seen) centres.clear();
    this.seen = seen;
    const scaled = pickLeads(ecg, this.view.value).map((lead) =>
      toPaperLead(ecg, lead, signal.readOverview(lead.name), signal.isTimed),
    );
    const leads = shareScale(scaled);
    const layout: Layout = layOutView(leads, signal, this.view.value, this.box);
    const scene = { layout, signal: seen, centres, ink: inkOf(preferences.value.nightPaper) };
    signal.closely = this.closely;
    seen.show(layout.time, layout.time + layout.seconds, samplesPerPixel(scene));
    this.scene.set(scene);
  }
}
