export * from "./builtin-schema.ts";
export * from "./kind.ts";
export * from "./schema-registry.ts";
export * from "./strategy/kind-strategy.ts";
