export type * from "./resource-store.ts";
