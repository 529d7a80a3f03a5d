import type { Annotation } from "../../recording/recording.ts";
import type { Measuring } from "../measure/measuring.ts";
import { nextTime } from "../measure/snap.ts";
import { type Loaded, load, valueIn } from "../page/loaded.ts";
import { Observable } from "../page/observable.ts";
import { centreOn } from "../reader/moves.ts";
import type { Reading } from "../reader/reading.ts";
import { explainError, isAbort, Refusal } from "../refusal.ts";
import { beforeAnother } from "../session/session.ts";
import {
  type AnnotationSet,
  type Annotator,
  type Comparison,
  compare,
  eraseSet,
  readAnnotators,
  readSet,
  readWindow,
  writeSet,
} from "./calls.ts";
import { Editor } from "./editor.ts";
import { firstAt } from "./edits.ts";
import { newAnnotationsPainter, type Row } from "./paint-annotations.ts";

/** Annotations are had in pieces of this length, in seconds, where up to MOST_SECONDS are seen: more could not be told apart. */
const PIECE_SECONDS = 600;
const MOST_SECONDS = 300;
/** Rows of annotations that are shown at first: more would hide the trace. */
const FIRST_ROWS = 3;

/** Why annotations are not saved: others were saved meanwhile, there are others of that name, or something else. */
export type SaveFailure = { kind: "changed" | "taken" | "other"; why: string };

/** Edits that were not saved when an ECG was left, by its id: they are there when it is opened again. */
const left = new Map<string, Editor>();
beforeAnother.add(() => left.clear());
// Who closes the page, or loads it again, is asked whether to, also when the ECG was left before.
addEventListener("beforeunload", (event) => {
  if ([...left.values()].some(({ state }) => state.value.isChanged)) event.preventDefault();
});

/** What was sent last, maybe before the ECG was opened again: a set is sent, or read, when the one before is answered, whose ETag it needs. */
let sending: Promise<void> = Promise.resolve();

/** The annotations of an ECG that is read: who has made some, which are shown, and those that are edited. */
export class EcgAnnotations {
  readonly reading: Reading;
  readonly measuring: Measuring;
  readonly annotators = new Observable<Loaded<Annotator[]>>({ state: "unasked" });
  /** The annotators whose annotations are shown. */
  readonly shown = new Observable<readonly string[]>([]);
  readonly editor = new Observable<Editor | undefined>(undefined);
  readonly failure = new Observable<SaveFailure | undefined>(undefined);
  /** The last step of the editor, in words. */
  readonly done = new Observable("");
  readonly comparison = new Observable<Loaded<Comparison>>({ state: "unasked" });
  /** The time of the disagreement to which one has gone last. */
  readonly visited = new Observable<number | undefined>(undefined);
  /** Goes up when there is more to be seen of annotations. */
  readonly changes = new Observable(0);
  private readonly pieces = new Map<number, readonly Annotation[]>();
  /** The sets that were read whole, by their annotators. */
  private whole = new Map<string, readonly Annotation[]>();
  private readonly ending = new AbortController();
  /** The reading of a set that is to be edited. */
  private opening = new AbortController();
  private readonly endings: (() => void)[];
  private endEditor: (() => void) | undefined;

  constructor(reading: Reading, measuring: Measuring) {
    this.reading = reading;
    this.measuring = measuring;
    const paint = () => this.noteChange();
    const warn = (event: BeforeUnloadEvent) => this.isChanged && event.preventDefault();
    addEventListener("beforeunload", warn);
    this.endings = [
      reading.paintOver(
        newAnnotationsPainter(() => this.rows),
        true,
      ),
      this.shown.subscribe(() => this.follow()),
      this.shown.subscribe(paint),
      this.editor.subscribe(() => this.followEditor()),
      reading.scene.subscribe(() => this.follow()),
      reading.scene.subscribe(() => this.followLength()),
      measuring.held.subscribe(() => measuring.held.value !== undefined && this.editor.value?.select(undefined)),
      () => removeEventListener("beforeunload", warn),
    ];
    void this.list().then(() => {
      if (this.shown.value.length === 0) this.shown.set(this.names.slice(0, FIRST_ROWS));
    });
    this.editor.set(left.get(reading.ecg.id));
    left.delete(reading.ecg.id);
  }

  close(): void {
    const { value: editor } = this.editor;
    if (editor && this.isChanged) left.set(this.reading.ecg.id, editor);
    this.ending.abort();
    this.endEditor?.();
    for (const end of this.endings) end();
  }

  get names(): string[] {
    return valueIn(this.annotators.value)?.map(({ annotator }) => annotator) ?? [];
  }

  get isChanged(): boolean {
    return this.editor.value?.state.value.isChanged ?? false;
  }

  list(): Promise<void> {
    return load(this.annotators, this.ending.signal, (signal) => readAnnotators(this.reading.ecg.id, signal));
  }

  compare(annotator: string, other: string): Promise<void> {
    this.visited.set(undefined);
    return load(this.comparison, this.ending.signal, (signal) =>
      compare(this.reading.ecg.id, annotator, other, signal),
    );
  }

  show(annotator: string, isShown: boolean): void {
    const others = this.shown.value.filter((name) => name !== annotator);
    this.shown.set(isShown ? [...others, annotator].sort() : others);
  }

  /** Begins to edit the annotations of an annotator, or new ones: those that were asked for last. */
  async edit(annotator: string | null): Promise<void> {
    this.failure.set(undefined);
    this.opening.abort();
    this.opening = new AbortController();
    const until = AbortSignal.any([this.ending.signal, this.opening.signal]);
    try {
      const set = annotator === null ? { annotator, etag: null, items: [] } : await this.read(annotator, until);
      const signal = this.reading.scene.value?.signal;
      this.editor.set(new Editor(set, signal?.rate ?? 1, signal?.duration ?? 0));
    } catch (error) {
      if (!isAbort(error)) this.failure.set({ kind: "other", why: explainError(error) });
    }
  }

  stopEditing(): void {
    this.opening.abort();
    this.failure.set(undefined);
    this.editor.set(undefined);
  }

  /** Saves what is edited under a name. Of another annotator's name there must be none yet. */
  save(name: string): Promise<void> {
    const { value: editor } = this.editor;
    return this.send(async () => editor && this.write(editor, name));
  }

  /** Erases all that the annotator has made whose annotations are edited. */
  erase(): Promise<void> {
    const { value: editor } = this.editor;
    return this.send(async () => {
      if (!editor?.annotator || !editor.etag) return;
      const { annotator } = editor;
      try {
        await eraseSet(this.reading.ecg.id, annotator, editor.etag);
        if (this.editor.value === editor) this.stopEditing();
        await this.refresh(`Erased the annotations of ${annotator}.`);
      } catch (error) {
        this.failure.set({ kind: "other", why: explainError(error) });
      }
    });
  }

  /** Goes to the next disagreement, or the one before, from the last one or from the beginning. */
  stepDisagreement(by: 1 | -1, goTo: (time: number) => void): void {
    const times = valueIn(this.comparison.value)?.disagreements.items.map(({ time }) => time) ?? [];
    const { value: last } = this.visited;
    const next = last === undefined ? times.at(by > 0 ? 0 : -1) : nextTime(times, last, by);
    if (next === undefined) return;
    this.visited.set(next);
    goTo(next);
  }

  /** Shows a time if it is not seen. */
  reveal(time: number): void {
    const { frame } = this.reading;
    if (!frame || (time >= frame.time && time <= frame.time + frame.seconds)) return;
    this.reading.move((view, now) => centreOn(view, now, time));
  }

  /** The rows that are shown, of what is seen; the one that is edited last. */
  get rows(): Row[] {
    const { value: editor } = this.editor;
    const all = this.piecesSeen.flatMap((piece) => this.pieces.get(piece) ?? []);
    const rows = this.shown.value
      .filter((name) => name !== editor?.annotator)
      .map((name): Row => ({ name, items: all.filter(({ annotator = "atr" }) => annotator === name) }));
    if (!editor) return rows;
    const { items, selected } = editor.state.value;
    return [...rows, { name: editor.annotator ?? "new", items, selected }];
  }

  /**
   * All annotations of the annotators that are shown, as they are edited where they are.
   *
   * @throws Refusal
   */
  async readShown(): Promise<Annotation[]> {
    const { value: editor } = this.editor;
    const names = this.shown.value.filter((name) => name !== editor?.annotator);
    const sets = await Promise.all(names.map((name) => this.readWhole(name)));
    return [...sets.flat(), ...(editor?.state.value.items ?? [])];
  }

  /** The rows' annotations in what is seen. */
  get seen(): Row[] {
    const { frame } = this.reading;
    if (!frame) return [];
    return this.rows.map(({ items, ...row }) => ({
      ...row,
      items: items.slice(firstAt(items, frame.time), firstAt(items, frame.time + frame.seconds)),
    }));
  }

  /** All of an annotator's annotations, which are kept until something is saved. */
  private async readWhole(annotator: string): Promise<readonly Annotation[]> {
    const kept = this.whole.get(annotator);
    if (kept) return kept;
    const { whole } = this;
    const { items } = await this.read(annotator, this.ending.signal);
    whole.set(annotator, items);
    return items;
  }

  private async read(annotator: string, signal: AbortSignal): Promise<AnnotationSet> {
    await sending;
    return readSet(this.reading.ecg.id, annotator, signal);
  }

  private send(send: () => Promise<void> | undefined): Promise<void> {
    sending = sending.then(send);
    return sending;
  }

  private async write(editor: Editor, name: string): Promise<void> {
    const isOwn = editor.annotator === name && editor.etag !== null;
    const { items } = editor.state.value;
    const { step } = editor;
    this.failure.set(undefined);
    try {
      const expected = isOwn && editor.etag !== null ? { etag: editor.etag } : ("none" as const);
      editor.noteSaved(name, await writeSet(this.reading.ecg.id, name, items, expected), step);
      await this.refresh(`Saved as ${name}.`);
      this.show(name, true);
    } catch (error) {
      this.failure.set(this.explain(error, name, isOwn && this.editor.value === editor));
    }
  }

  /** @param isOwn whether the set that was not saved is the one that is edited, as it was read */
  private explain(error: unknown, name: string, isOwn: boolean): SaveFailure {
    const isRefused = error instanceof Refusal && error.status === 412;
    if (!isRefused) return { kind: "other", why: explainError(error) };
    return isOwn
      ? { kind: "changed", why: `The annotations of ${name} were changed elsewhere since they were read here.` }
      : { kind: "taken", why: `There are annotations of ${name} already. Take another name, or edit those.` };
  }

  private async refresh(done: string): Promise<void> {
    this.pieces.clear();
    this.whole = new Map();
    this.done.set(done);
    await this.list();
    this.shown.set(this.shown.value.filter((name) => this.names.includes(name)));
    this.follow();
  }

  private followEditor(): void {
    this.endEditor?.();
    const { value: editor } = this.editor;
    this.endEditor = editor?.state.subscribe(() => {
      if (editor.state.value.selected) this.measuring.held.set(undefined);
      this.noteChange();
    });
    this.followLength();
    this.noteChange();
  }

  private followLength(): void {
    const { value: editor } = this.editor;
    const { value: scene } = this.reading.scene;
    if (editor && scene) editor.duration = scene.signal.duration;
  }

  private noteChange(): void {
    this.changes.set(this.changes.value + 1);
    this.reading.repaintOver();
  }

  /** Has the annotations of what is seen, unless it is too much. */
  private follow(): void {
    if (this.shown.value.length === 0) return;
    for (const piece of this.piecesSeen) {
      if (this.pieces.has(piece)) continue;
      void this.find(piece);
    }
  }

  /** The numbers of the pieces of what is seen; none where that is too much. */
  private get piecesSeen(): number[] {
    const { frame } = this.reading;
    if (!frame || frame.seconds > MOST_SECONDS) return [];
    const [first, last] = [frame.time, frame.time + frame.seconds].map((time) => Math.floor(time / PIECE_SECONDS));
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }

  private async find(piece: number): Promise<void> {
    const [from, to] = [piece * PIECE_SECONDS, (piece + 1) * PIECE_SECONDS];
    const waiting: readonly Annotation[] = [];
    this.pieces.set(piece, waiting);
    const found = await readWindow(this.reading.ecg.id, from, to, this.ending.signal).catch(() => undefined);
    // What was asked for before something was saved may come after it.
    if (this.pieces.get(piece) !== waiting) return;
    if (found) this.pieces.set(piece, found);
    // They are asked for again when the paper moves.
    else this.pieces.delete(piece);
    this.noteChange();
  }
}
