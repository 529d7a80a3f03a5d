import { compile } from "./compile.ts";
import bytes from "./kernels.wasm";

/** The module, of the bytes that are in the page's bundle. */
export default compile(bytes as unknown as Uint8Array);
