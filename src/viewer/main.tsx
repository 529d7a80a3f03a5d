import type { Api } from "../index.ts";
export type X = Api;
