import test from "ava";
import { chunkOf, lowerBound } from "../src/index.ts";

test("the first key that is not less is found, before, between and behind all", (t) => {
  const keys = ["b", "d", "f"];
  const places = ["a", "b", "c", "d", "f", "g"].map((key) => lowerBound(keys, key));
  t.deepEqual(places, [0, 0, 1, 1, 2, 3]);
  t.is(lowerBound([], "a"), 0);
});

test("a key belongs to the last chunk that begins at it or before", (t) => {
  const chunks = [{ keys: ["b", "c"] }, { keys: ["e"] }, { keys: ["g", "h"] }];
  const places = ["a", "b", "d", "e", "f", "g", "z"].map((key) => chunkOf(chunks, key));
  t.deepEqual(places, [0, 0, 0, 1, 1, 2, 2]);
  t.is(chunkOf([], "a"), 0);
});
