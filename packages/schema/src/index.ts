export * from "./kind.ts";
export * from "./strategy/kind-strategy.ts";
