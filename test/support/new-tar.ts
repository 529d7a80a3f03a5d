import { strToU8 } from "fflate";

/** A tar archive (ustar) of files, each with the type of its header if it is none of a file. */
export function newTar(files: readonly { name: string; bytes: Uint8Array; type?: string }[]): Uint8Array {
  const blocks = files.flatMap(({ name, bytes, type = "0" }) => {
    const header = new Uint8Array(512);
    const put = (at: number, text: string) => header.set(strToU8(text), at);
    put(0, name);
    put(124, `${bytes.length.toString(8).padStart(11, "0")}\0`);
    put(148, "        ");
    put(156, type);
    put(257, "ustar\0");
    const sum = header.reduce((sum, byte) => sum + byte, 0);
    put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
    const contents = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    contents.set(bytes);
    return [header, contents];
  });
  const end = new Uint8Array(1024);
  return Uint8Array.from([...blocks, end].flatMap((block) => [...block]));
}
