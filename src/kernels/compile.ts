/** The types of the Workers runtime, which compiles no bytes, say that a module cannot be made. */
const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;

/** Compiles the module where the runtime has not done so: in Node and in browsers. */
export function compile(bytes: Uint8Array): WebAssembly.Module {
  return new Module(bytes);
}
