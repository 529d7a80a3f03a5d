import { AppError } from "../../errors.ts";
import { ByteStream } from "../byte-stream.ts";
import { FormatError, type InputFile, type NextFile } from "../format.ts";
import { MAX_WHOLE_BYTES } from "../read-whole.ts";
import { toFileKey } from "./header.ts";

/** The files that come with a header, in any order. They are found by their names, in any case. */
export class RecordFiles {
  private readonly source: NextFile;
  /** A file that was looked at, and is too large to be held. */
  private begun: InputFile | undefined;
  private readonly names = new Set<string>();
  private readonly held = new Map<string, Uint8Array>();
  private heldBytes = 0;

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
    this.names.add(toFileKey(name));
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
      throw new FormatError(file.name, "is there twice: one record is read");
    }
    this.names.add(key);
    return file;
  }

  /** Holds all files that are still to come and whose names match; the others are passed over. */
  async holdRest(called = /(?:)/): Promise<void> {
    for (let file = await this.next(); file; file = await this.next()) {
      if (called.test(toFileKey(file.name))) await this.hold(file);
    }
  }

  /** The content of a file that is held; undefined if it is not. */
  find(name: string): Uint8Array | undefined {
    return this.held.get(toFileKey(name));
  }

  /**
   * The content of a file that is held.
   *
   * @throws FormatError if it is not held
   */
  require(name: string): Uint8Array {
    return this.find(name) ?? fail(name);
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

  /** The names of files that are held and have this extension. */
  named(extension: string): string[] {
    return [...this.held.keys()].filter((name) => name.endsWith(extension));
  }
}

function fail(name: string): never {
  throw new FormatError(name, "is missing, and the header names it");
}
