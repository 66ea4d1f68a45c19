import { ManualClock } from "@quorate/base";
import test from "ava";
import { kvContract, orderedStoreContract } from "../src/contract/index.ts";
import { LocalKv, MemoryOrderedStore } from "../src/index.ts";

orderedStoreContract({
  test: (title, body) => test(`memory store: ${title}`, body),
  factory: async () => new MemoryOrderedStore(),
  reopen: async (closed) => closed,
});

kvContract({
  test: (title, body) => test(`local kv: ${title}`, body),
  hasClock: true,
  factory: async () => {
    const clock = new ManualClock();
    const kv = await LocalKv.open({ clock });
    return { kv, advance: async (ms) => clock.advance(ms), close: () => kv.close() };
  },
});
