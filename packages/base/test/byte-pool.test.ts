import test from "ava";
import { BytePool } from "../src/index.ts";

test("small pieces share a slab that nothing else lies in", (t) => {
  const pool = new BytePool();
  const pieces = Array.from({ length: 10 }, (_, index) => pool.copy(Buffer.alloc(100, index)));
  t.deepEqual(
    pieces.map((piece) => piece[99]),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  t.is(new Set(pieces.map(({ buffer }) => buffer)).size, 1);
  t.not(pieces[0]!.buffer, Buffer.allocUnsafe(100).buffer);
  t.not(pieces[0]!.buffer, new BytePool().allocate(100).buffer);
});

test("pieces do not overlap, and a slab that is full is followed by another", (t) => {
  const pool = new BytePool();
  const pieces = Array.from({ length: 1_000 }, (_, index) =>
    pool.copy(Buffer.alloc(1 + (index % 97), index)),
  );
  for (const [index, piece] of pieces.entries()) {
    t.true(piece.equals(Buffer.alloc(1 + (index % 97), index)), `piece ${index}`);
  }
  t.true(new Set(pieces.map(({ buffer }) => buffer)).size > 1);
});

test("a large piece keeps no more memory than itself", (t) => {
  t.is(new BytePool().allocate(100_000).buffer.byteLength, 100_000);
});
