import { Observable } from "../page/observable.ts";
import { centreOn, isAtEnd } from "../reader/moves.ts";
import type { Reading } from "../reader/reading.ts";
import { explainError, isAbort, Refusal } from "../refusal.ts";
import { delayOf } from "./pace.ts";
import { readIfChanged } from "./read-if-changed.ts";

/**
 * How an ECG that is being recorded is followed: its newest samples are seen as they come, or others are, or it has ended
 * while it was followed. Undefined of an ECG that was closed before.
 */
export type LiveState = { is: "live" | "away" | "ended" | "lost"; failure: string } | undefined;

/** Follows an ECG while it is open: it is asked for with its ETag, and what has come is shown if its end was seen. */
export class LiveEcg {
  readonly state: Observable<LiveState>;
  private readonly reading: Reading;
  private readonly ending = new AbortController();
  private readonly endings: (() => void)[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private tag: string | undefined;
  /** How often nothing had come since something last did. */
  private silent = 0;
  /** Whether the newest samples are still to be gone to: nobody has asked for others. */
  private isNew: boolean;

  constructor(reading: Reading) {
    this.reading = reading;
    this.isNew = reading.view.value.time === 0;
    const isOpen = reading.ecg.open === true;
    this.state = new Observable<LiveState>(isOpen ? { is: "live", failure: "" } : undefined);
    if (!isOpen) return;
    const onVisible = () => this.wait(document.hidden ? delayOf(0, true) : 0);
    document.addEventListener("visibilitychange", onVisible);
    this.endings.push(
      () => document.removeEventListener("visibilitychange", onVisible),
      reading.scene.subscribe(() => this.look()),
    );
    this.wait(delayOf(0, document.hidden));
  }

  /** Shows the newest samples, and those that come. */
  goToEnd(): void {
    this.reading.move((view, frame) => centreOn(view, frame, frame.duration));
  }

  close(): void {
    clearTimeout(this.timer);
    this.ending.abort();
    for (const end of this.endings) end();
  }

  private wait(delay: number): void {
    clearTimeout(this.timer);
    if (this.isFollowed) this.timer = setTimeout(() => void this.ask(), delay);
  }

  private get isFollowed(): boolean {
    return !this.ending.signal.aborted && (this.state.value?.is === "live" || this.state.value?.is === "away");
  }

  private async ask(): Promise<void> {
    const { reading, ending } = this;
    let failure = "";
    try {
      const news = await readIfChanged(reading.ecg.id, this.tag, ending.signal);
      this.silent = news ? 0 : this.silent + 1;
      if (news) {
        const { frame } = reading;
        const wasAtEnd = frame !== undefined && isAtEnd(frame);
        this.tag = news.tag;
        reading.grow(news.ecg);
        if (wasAtEnd) this.goToEnd();
      }
    } catch (error) {
      if (isAbort(error)) return;
      this.silent++;
      failure = explainError(error);
      // An ECG that is not there any more, or no longer to be seen, will not come back.
      if (error instanceof Refusal && error.status < 500 && error.status !== 429) return this.end("lost", failure);
    }
    if (!reading.ecg.open) return this.end("ended", "");
    this.look(failure);
    this.wait(delayOf(this.silent, document.hidden));
  }

  private end(is: "ended" | "lost", failure: string): void {
    for (const end of this.endings.splice(0)) end();
    this.state.set({ is, failure });
  }

  private look(failure = this.state.value?.failure ?? ""): void {
    const { frame } = this.reading;
    if (frame && this.isNew) {
      this.isNew = false;
      this.goToEnd();
      return;
    }
    const is = !frame || isAtEnd(frame) ? "live" : "away";
    const { value: now } = this.state;
    if (now?.is !== is || now.failure !== failure) this.state.set({ is, failure });
  }
}
