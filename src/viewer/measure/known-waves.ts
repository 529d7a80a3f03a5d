import { api, readAnswer } from "../api.ts";
import type { RrInterval } from "./findings.ts";

/** The onset of a QRS complex and the end of its T wave, in seconds. */
export type QtPoints = { onset: number; end: number };

/** What is known of the beats of a part of an ECG. `times` are those of R peaks and of the waves' onsets, peaks and ends. */
export type Waves = { times: readonly number[]; intervals: readonly RrInterval[]; qt: readonly QtPoints[] };

/** A longer window is too coarse for waves to be seen in it, in seconds. */
const MAX_SECONDS = 60;
/** Beats are asked for in blocks of so many seconds, with so many more to both sides: a beat has others about it. */
const BLOCK_SECONDS = 60;
const MARGIN_SECONDS = 10;
/** An ECG up to this length is asked for whole, in seconds. */
const WHOLE_SECONDS = 120;

/** An ECG that is being recorded is measured anew after so many seconds. */
const GROWN_SECONDS = 10;

/** A block that was asked for: done when it is there, or cannot be had. */
type Block = { done: Promise<void>; waves?: Waves };

/** The beats and waves of an ECG, as far as somebody measures there. */
export class KnownWaves {
  private readonly blocks = new Map<number, Block>();
  private readonly ending = new AbortController();
  private readonly id: string;
  private duration: number;
  private readonly onChange: () => void;

  /** @param onChange is called when there is more */
  constructor(id: string, duration: number, onChange: () => void) {
    this.id = id;
    this.duration = duration;
    this.onChange = onChange;
  }

  /**
   * Forgets what is known of the end when the ECG has grown, now and then: it is measured anew.
   *
   * @param isOpen whether more will come
   */
  grow(duration: number, isOpen: boolean): void {
    if (duration === this.duration || (isOpen && duration < this.duration + GROWN_SECONDS)) return;
    const wasWhole = this.duration <= WHOLE_SECONDS;
    const first = wasWhole ? 0 : Math.floor((this.duration - MARGIN_SECONDS) / BLOCK_SECONDS);
    for (const block of [...this.blocks.keys()]) if (block >= first) this.blocks.delete(block);
    this.duration = duration;
  }

  /** Has what is known of a window fetched; done when it is there, or cannot be had. */
  async want(from: number, to: number): Promise<void> {
    if (to - from > MAX_SECONDS) return;
    await Promise.all(this.blocksOf(from, to).map((block) => (this.blocks.get(block) ?? this.ask(block)).done));
  }

  /** What is known of a window and of what is near it. */
  read(from: number, to: number): Waves {
    const found = this.blocksOf(from, to).flatMap((block) => this.blocks.get(block)?.waves ?? []);
    return {
      times: found.flatMap(({ times }) => times),
      intervals: found.flatMap(({ intervals }) => intervals),
      qt: found.flatMap(({ qt }) => qt),
    };
  }

  close(): void {
    this.ending.abort();
  }

  private blocksOf(from: number, to: number): number[] {
    if (this.duration <= WHOLE_SECONDS || to - from > MAX_SECONDS) return this.duration <= WHOLE_SECONDS ? [0] : [];
    const first = Math.max(0, Math.floor(from / BLOCK_SECONDS));
    const last = Math.floor(Math.min(to, this.duration) / BLOCK_SECONDS);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  }

  private ask(number: number): Block {
    const block: Block = { done: Promise.resolve() };
    this.blocks.set(number, block);
    block.done = this.load(number).then((waves) => {
      // What was asked for before the ECG has grown may come last.
      if (this.blocks.get(number) !== block) return;
      if (waves) block.waves = waves;
      // What was never measured is snapped to by extremes alone; the next time it is asked for again.
      else this.blocks.delete(number);
      if (!this.ending.signal.aborted) this.onChange();
    });
    return block;
  }

  /** Loads the waves of a block; undefined if they cannot be had. */
  private async load(block: number): Promise<Waves | undefined> {
    const isWhole = this.duration <= WHOLE_SECONDS;
    const [from, to] = isWhole ? [0, Number.POSITIVE_INFINITY] : [0, 1].map((i) => (block + i) * BLOCK_SECONDS);
    const window = isWhole
      ? {}
      : {
          start: String(Math.max(0, from - MARGIN_SECONDS)),
          end: String(Math.min(this.duration, to + MARGIN_SECONDS)),
        };
    try {
      const answer = await api.ecg[":id"].insights.$get(
        { param: { id: this.id }, query: { ...window, series: "rr,waves" }, header: {} },
        { init: { signal: this.ending.signal } },
      );
      return toWaves(((await readAnswer(answer)) as SeriesAnswer).series, from, to);
    } catch {
      return undefined;
    }
  }
}

type SeriesAnswer = {
  series?: { rr?: RrInterval[]; waves?: ({ time: number } & Record<string, number | null>)[] };
};

/** What an answer has of the beats from a time on, before another. */
function toWaves(series: SeriesAnswer["series"], from: number, to: number): Waves {
  const isOwn = ({ time }: { time: number }) => time >= from && time < to;
  const waves = series?.waves?.filter(isOwn) ?? [];
  return {
    times: waves.flatMap((wave) => Object.values(wave).filter((time) => time !== null)),
    intervals: series?.rr?.filter(isOwn) ?? [],
    qt: waves.flatMap(({ qrs_onset: onset, t_end: end }) => (onset === null || end === null ? [] : [{ onset, end }])),
  };
}
