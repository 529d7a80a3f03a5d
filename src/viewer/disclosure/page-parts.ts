import type { Page } from "../page/address.ts";
import { AgainLater } from "../page/again-later.ts";
import { Observable } from "../page/observable.ts";
import { explainError, isAbort } from "../refusal.ts";
import { readLeads } from "../signal/ecg-signal.ts";
import type { LeadPart } from "../signal/lead-part.ts";
import { nextPiece, type Part } from "./lines.ts";

/** Buckets of a second: as many as a line has columns, and of a piece of ten minutes less than 200 kB. */
const POINTS_PER_SECOND = 20;

/** The samples of a page's lead, piece by piece as they come, also after failures that pass: of an ECG that is being recorded further and further. */
export class PageParts {
  readonly parts = new Observable<readonly LeadPart[]>([]);
  readonly failure = new Observable("");
  private readonly id: string;
  private readonly lead: string;
  private readonly page: Page;
  private readonly ending = new AbortController();
  private readonly again = new AgainLater(() => void this.readTo(this.duration));
  private pieces: readonly (Part & { parts: readonly LeadPart[] })[] = [];
  private duration = 0;
  private isReading = false;

  constructor(id: string, lead: string, page: Page) {
    this.id = id;
    this.lead = lead;
    this.page = page;
  }

  /** Has what of the page is still to come of a recording that is so long, in seconds. */
  async readTo(duration: number): Promise<void> {
    this.duration = duration;
    if (this.isReading) return;
    this.isReading = true;
    this.failure.set("");
    try {
      for (let piece = this.next(); piece; piece = this.next()) await this.readPiece(piece);
    } catch (error) {
      if (!isAbort(error)) this.failure.set(explainError(error));
    }
    this.isReading = false;
  }

  close(): void {
    this.ending.abort();
    this.again.close();
  }

  private next(): Part | undefined {
    return nextPiece(this.page, this.duration, this.pieces.at(-1));
  }

  private async readPiece({ from, to }: Part): Promise<void> {
    const window = { start: String(from), end: String(to), max_points: Math.ceil(POINTS_PER_SECOND * (to - from)) };
    const { signal } = this.ending;
    const leads = await this.again.watch(signal, () => readLeads(this.id, { leads: [this.lead], ...window }, signal));
    const parts = [...leads.values()];
    this.pieces = [...this.pieces.filter((piece) => piece.from < from), { from, to, parts }];
    this.parts.set(this.pieces.flatMap((piece) => piece.parts));
  }
}
