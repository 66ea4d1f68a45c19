import test from "ava";
import fc from "fast-check";
import { headerMessage, rangeMessage } from "../src/kv-messages.ts";
import { messageCodec } from "../src/message-codec.ts";
import { encodeRange } from "../src/range-encoding.ts";

const codec = messageCodec("etcdserverpb.RangeResponse");
const bytes = fc.uint8Array({ maxLength: 300 });
const number = fc.oneof(fc.nat(200), fc.maxSafeNat());
const kv = fc.record({
  key: bytes,
  value: bytes,
  createRevision: number,
  modRevision: number,
  version: number,
  lease: fc.oneof(fc.constant(0n), fc.bigInt(1n, 2n ** 64n - 1n)),
});
const id = fc.bigInt(0n, 2n ** 64n - 1n);
const header = fc.record({ clusterId: id, memberId: id, revision: number, raftTerm: number });

test("a range's answer has the same bytes as by the codec", (t) => {
  const response = fc.record({
    header,
    kvs: fc.array(kv, { maxLength: 5 }),
    more: fc.boolean(),
    count: number,
  });
  fc.assert(
    fc.property(response, (one) => {
      const wanted = codec.encode(rangeMessage(one, headerMessage(one.header)));
      return encodeRange(one).equals(wanted);
    }),
    { numRuns: 300 },
  );
  t.pass();
});
