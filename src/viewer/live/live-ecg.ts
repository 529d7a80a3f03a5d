import type { EcgSummary } from "../api.ts";
import { Observable } from "../page/observable.ts";
import { centreOn, isAtEnd } from "../reader/moves.ts";
import type { Reading } from "../reader/reading.ts";
import { pollEcg } from "./poll-ecg.ts";

/**
 * How an ECG that is being recorded is followed: its newest samples are seen as they come, or others are, or it has ended
 * while it was followed. Undefined of an ECG that was closed before.
 */
export type LiveState = { is: "live" | "away" | "ended" | "lost"; failure: string } | undefined;

/** Follows an ECG while it is open: what has come is shown if its end was seen. */
export class LiveEcg {
  readonly state: Observable<LiveState>;
  private readonly reading: Reading;
  private readonly endings: (() => void)[] = [];
  /** Whether the newest samples are still to be gone to: nobody has asked for others. */
  private isNew: boolean;

  constructor(reading: Reading) {
    this.reading = reading;
    this.isNew = reading.view.value.time === 0;
    const isOpen = reading.ecg.open === true;
    this.state = new Observable<LiveState>(isOpen ? { is: "live", failure: "" } : undefined);
    if (!isOpen) return;
    this.endings.push(
      reading.scene.subscribe(() => this.look()),
      pollEcg(reading.ecg.id, {
        onNews: (ecg) => this.grow(ecg),
        onAsked: (failure) => this.look(failure),
        onLost: (failure) => this.end("lost", failure),
      }),
    );
  }

  /** Shows the newest samples, and those that come. */
  goToEnd(): void {
    this.reading.move((view, frame) => centreOn(view, frame, frame.duration));
  }

  close(): void {
    for (const end of this.endings.splice(0)) end();
  }

  private grow(ecg: EcgSummary): void {
    const { frame } = this.reading;
    const wasAtEnd = frame !== undefined && isAtEnd(frame);
    this.reading.grow(ecg);
    if (wasAtEnd) this.goToEnd();
    if (!ecg.open) this.end("ended", "");
  }

  private end(is: "ended" | "lost", failure: string): void {
    this.close();
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
