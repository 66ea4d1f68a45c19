export { INITIAL_EVENTS_END } from "./object-watcher.ts";
export * from "./open-object-stores.ts";
export type * from "./resource-store.ts";
