import test from "ava";
import { compareBytes, prefixEnd } from "../src/index.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

test("bytes order unsigned, a prefix before what it begins", (t) => {
  t.true(compareBytes(bytes(1), bytes(255)) < 0);
  t.true(compareBytes(bytes(1, 2), bytes(1)) > 0);
  t.is(compareBytes(bytes(7, 8), bytes(7, 8)), 0);
});

test("the end of a prefix range carries over 0xff, and is unbounded for all 0xff", (t) => {
  t.deepEqual(prefixEnd(bytes(97)), bytes(98));
  t.deepEqual(prefixEnd(bytes(97, 255)), bytes(98));
  t.deepEqual(prefixEnd(bytes(255, 255)), bytes(0));
});

test("the end of a prefix leaves a Buffer's bytes as they were", (t) => {
  const prefix = Buffer.from("a/");
  t.deepEqual([...prefixEnd(prefix)], [97, 48]);
  t.is(prefix.toString(), "a/");
});
