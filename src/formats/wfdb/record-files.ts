import { AppError } from "../../errors.ts";
import { ByteStream } from "../byte-stream.ts";
import { FormatError, type InputFile, type NextFile } from "../format.ts";
import { MAX_WHOLE_BYTES } from "../read-whole.ts";
import { toFileKey } from "./file-key.ts";

/** The files that come with a header, in any order. They are found by their names, in any case. */
export class RecordFiles {
  private readonly source: NextFile;
  /** A file that was looked at, and is too large to be held. */
  private begun: InputFile | undefined;
  /** The names as they were sent, by their keys. */
  private readonly names = new Map<string, string>();
  /** The keys of names that were there more than once. */
  private readonly twice = new Set<string>();
  /** The keys of files that the record consists of. */
  private readonly own = new Set<string>();
  private readonly held = new Map<string, Uint8Array>();
  /** The length of all files that are held. */
  heldBytes = 0;

  constructor(next: NextFile) {
    this.source = next;
  }

  /** Holds the next files, as long as all files that are held have no more than `maxBytes` together. */
  async holdSmall(maxBytes: number): Promise<void> {
    for (let file = await this.next(); file; file = await this.next()) {
      const prefix = await file.bytes.peek(maxBytes - this.heldBytes + 1);
      if (this.heldBytes + prefix.length > maxBytes) {
        this.begun = file;
        return;
      }
      await this.hold(file);
    }
  }

  /**
   * Reads a file and keeps it.
   *
   * @throws AppError `too-large` when the files that are held have more than MAX_WHOLE_BYTES together
   */
  async hold({ name, bytes }: InputFile): Promise<void> {
    const contents = await bytes.read(MAX_WHOLE_BYTES - this.heldBytes + 1);
    this.heldBytes += contents.length;
    if (this.heldBytes > MAX_WHOLE_BYTES) {
      const limit = `${MAX_WHOLE_BYTES / 1024 / 1024} MiB`;
      const detail = `A WFDB record that is over ${limit} is read if its header comes first and its signals are in one file.`;
      throw new AppError("too-large", { detail });
    }
    this.names.set(toFileKey(name), name);
    this.held.set(toFileKey(name), contents);
  }

  /**
   * Gives the next file; undefined at the end.
   *
   * @throws FormatError for a second file of a record that has the name of one before it
   */
  private async next(): Promise<InputFile | undefined> {
    const { begun } = this;
    this.begun = undefined;
    const file = begun ?? (await this.source());
    if (!file || file === begun) return file;
    const key = toFileKey(file.name);
    if (this.names.has(key) && /\.(hea|dat|atr)$/.test(key)) {
      throw newTwice(file.name);
    }
    if (this.names.has(key)) this.twice.add(key);
    this.names.set(key, file.name);
    return file;
  }

  /** Holds all files that are still to come. */
  async holdRest(): Promise<void> {
    for (let file = await this.next(); file; file = await this.next()) await this.hold(file);
  }

  /**
   * Holds the files that are still to come and are needed or may be of use; the others are passed over, and so is what may
   * be of use and is longer than `maxBytes`.
   *
   * @param isNeeded by the key of a name, and so is `isOfUse`
   */
  async holdSome(
    isNeeded: (key: string) => boolean,
    isOfUse: (key: string) => boolean,
    maxBytes: number,
  ): Promise<void> {
    for (let file = await this.next(); file; file = await this.next()) {
      const key = toFileKey(file.name);
      const room = Math.min(maxBytes, MAX_WHOLE_BYTES - this.heldBytes);
      const isHeld = isNeeded(key) || (isOfUse(key) && (await file.bytes.peek(room + 1)).length <= room);
      if (isHeld) await this.hold(file);
    }
  }

  /**
   * The content of a file that is held.
   *
   * @throws FormatError if it is not held
   */
  require(name: string): Uint8Array {
    return this.held.get(toFileKey(name)) ?? fail(name);
  }

  /** Remembers that a file is one of the record's, whether it is there and read or not. */
  claim(name: string): void {
    this.own.add(toFileKey(name));
  }

  /** Whether a file is one of the record's. */
  isClaimed(name: string): boolean {
    return this.own.has(toFileKey(name));
  }

  /** The names, as they were sent, of files that came and are none of the record's. */
  strangers(): string[] {
    return [...this.names].flatMap(([key, name]) => (this.own.has(key) ? [] : name || "a file without a name"));
  }

  /**
   * Opens a file: as it comes in, or from the beginning if it is held. Files before it are held.
   *
   * @throws FormatError if there is none
   */
  async open(name: string): Promise<ByteStream> {
    const key = toFileKey(name);
    while (!this.held.has(key)) {
      const file = await this.next();
      if (!file) fail(name);
      if (toFileKey(file.name) === key) return file.bytes;
      await this.hold(file);
    }
    return new ByteStream([this.require(name)]);
  }

  /** The keys of the files that are held and whose keys are wanted. */
  named(isWanted: (key: string) => boolean): string[] {
    return [...this.held.keys()].filter(isWanted);
  }

  /**
   * @throws FormatError if there were several files of this name
   */
  requireOnce(name: string): void {
    if (this.twice.has(toFileKey(name))) throw newTwice(name);
  }
}

function newTwice(name: string): FormatError {
  return new FormatError(name, "is there twice: one record is read");
}

function fail(name: string): never {
  throw new FormatError(name, "is missing, and the header names it");
}
