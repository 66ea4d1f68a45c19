export * from "./builtin-schema.ts";
export * from "./decode/check-object.ts";
export * from "./decode/decode-error.ts";
export * from "./kind.ts";
export * from "./schema-registry.ts";
export * from "./strategy/kind-strategy.ts";
export * from "./discovery/aggregated-discovery.ts";
export * from "./discovery/legacy-discovery.ts";
