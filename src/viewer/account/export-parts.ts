/** What has come of an export so far. */
export type Progress = { part: number; bytes: number };
/** Has a part of the export: the first one, or that of a cursor. */
export type FetchPart = (
  cursor: string | undefined,
) => Promise<{ body: ReadableStream<Uint8Array>; next: string | null }>;
/** Saves a part under a name, as it comes. */
export type SavePart = (name: string, body: ReadableStream<Uint8Array>) => Promise<void>;

/** How far an export has come: where it is broken off, it goes on with the same part. */
export class ExportRun {
  private part = 1;
  private cursor: string | undefined;
  private bytes = 0;
  private readonly stem: string;

  /** @param stem how the files are called, before the number of the part */
  constructor(stem: string) {
    this.stem = stem;
  }

  /**
   * Has all parts that are left, one after the other.
   *
   * @throws Error when a part cannot be had or saved
   */
  async run(fetchPart: FetchPart, savePart: SavePart, onProgress: (progress: Progress) => void): Promise<Progress> {
    for (;;) {
      const { body, next } = await fetchPart(this.cursor);
      let bytes = this.bytes;
      const counting = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          bytes += chunk.length;
          onProgress({ part: this.part, bytes });
          controller.enqueue(chunk);
        },
      });
      await savePart(`${this.stem}-${this.part}.zip`, body.pipeThrough(counting));
      this.bytes = bytes;
      if (next === null) return { part: this.part, bytes };
      this.part++;
      this.cursor = next;
    }
  }
}

/** The cursor of the next part, which a `Link` leads to; null behind the last part. */
export function nextCursorOf(link: string | null): string | null {
  const [, path] = /<([^>]+)>;\s*rel="next"/.exec(link ?? "") ?? [];
  return path === undefined ? null : new URL(path, "http://host").searchParams.get("cursor");
}
