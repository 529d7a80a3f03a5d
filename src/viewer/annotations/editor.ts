import type { Annotation } from "../../recording/recording.ts";
import { Observable } from "../page/observable.ts";
import { type Change, Edits, firstAt } from "./edits.ts";

/** Editing as it stands: what is selected, and the code that a new annotation gets. */
type EditorState = {
  items: readonly Annotation[];
  selected: Annotation | undefined;
  code: string;
  isChanged: boolean;
  canUndo: boolean;
  canRedo: boolean;
};

/** The annotations of one annotator while somebody edits them. */
export class Editor {
  /** Whose annotations they were when they were read; null for new ones. */
  annotator: string | null;
  /** Of the edition that was read or saved last. */
  etag: string | null;
  readonly state: Observable<EditorState>;
  /** The duration of the recording in seconds: one that is being recorded grows while somebody edits. */
  duration: number;
  private readonly edits: Edits;
  private readonly rate: number;

  /**
   * @param rate times are those of samples at this rate, in Hz
   */
  constructor(
    { annotator, etag, items }: { annotator: string | null; etag: string | null; items: readonly Annotation[] },
    rate: number,
    duration: number,
  ) {
    this.annotator = annotator;
    this.etag = etag;
    this.rate = rate;
    this.duration = duration;
    this.edits = new Edits(items);
    this.state = new Observable(this.toState(undefined, "N"));
  }

  select(selected: Annotation | undefined): void {
    this.update(selected);
  }

  /** Selects the next annotation after a time, or the last before it. */
  selectNext(time: number, by: 1 | -1): void {
    const { items, selected } = this.state.value;
    const at = selected ? items.indexOf(selected) + by : firstAt(items, time) - (by > 0 ? 0 : 1);
    if (items[at]) this.select(items[at]);
  }

  /** Sets the code of the selected annotation, and of new ones. */
  setCode(code: string): void {
    const { selected } = this.state.value;
    if (selected && selected.code !== code) {
      const changed = { ...selected, code };
      this.edits.change(selected, changed);
      this.update(changed, code);
    } else this.update(selected, code);
  }

  setText(text: string): void {
    const { selected } = this.state.value;
    if (!selected || (selected.text ?? "") === text) return;
    const { text: _, ...rest } = selected;
    const changed = text === "" ? rest : { ...rest, text };
    this.edits.change(selected, changed);
    this.update(changed);
  }

  /** Adds an annotation of the chosen code, and selects it. */
  add(time: number): void {
    const added = { time: this.toSample(time), code: this.state.value.code };
    this.edits.change(undefined, added);
    this.update(added);
  }

  /** Moves the selected annotation. */
  moveTo(time: number): void {
    const { selected } = this.state.value;
    if (!selected || this.toSample(time) === selected.time) return;
    const moved = { ...selected, time: this.toSample(time) };
    this.edits.move(selected, moved);
    this.update(moved);
  }

  remove(): void {
    const { selected } = this.state.value;
    if (!selected) return;
    this.edits.change(selected, undefined);
    this.update(undefined);
  }

  undo(): void {
    this.update(this.edits.undo());
  }

  redo(): void {
    this.update(this.edits.redo());
  }

  /** The last step, by which a set that is saved is known: the next ones may come while it is sent. */
  get step(): Change | undefined {
    return this.edits.last;
  }

  /** Notes that the set, as it was after a step, was saved under an annotator's name. */
  noteSaved(annotator: string, etag: string | null, step: Change | undefined): void {
    this.annotator = annotator;
    this.etag = etag;
    this.edits.noteSaved(step);
    this.update(this.state.value.selected);
  }

  private update(selected: Annotation | undefined, code = this.state.value.code): void {
    this.state.set(this.toState(selected, code));
  }

  private toState(selected: Annotation | undefined, code: string): EditorState {
    const { items, isChanged, canUndo, canRedo } = this.edits;
    return { items, selected, code, isChanged, canUndo, canRedo };
  }

  /** The time of the nearest sample, which is what annotation files have. */
  private toSample(time: number): number {
    return Math.round(Math.max(0, Math.min(this.duration, time)) * this.rate) / this.rate;
  }
}
