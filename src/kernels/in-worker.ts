import module from "./kernels.wasm";

/** The module, which the Workers runtime compiles before the Worker starts: it compiles none from bytes later. */
export default module;
