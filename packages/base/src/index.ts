export * from "./bounded-queue.ts";
export * from "./byte-pool.ts";
export * from "./bytes.ts";
export * from "./clock.ts";
export * from "./coded-error.ts";
export * from "./key-search.ts";
export * from "./random.ts";
export * from "./safe-integer.ts";
