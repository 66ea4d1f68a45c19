import { BytePool } from "@quorate/base";
import type { KubernetesObject } from "@quorate/object";
import test from "ava";
import fc from "fast-check";
import { CachedObject } from "../src/cache/cached-object.ts";
import { encodeStored } from "../src/cache/stored-bytes.ts";

const SEED = Number(process.env["TEST_SEED"] ?? 20_261_125);
const never = (): Buffer => {
  throw new Error("not foreign");
};

const text = fc.oneof(fc.string(), fc.constantFrom('"labels":{"a":"b"}', "\\", '\\"', "}", "],", "é\u2028"));
const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.jsonValue());
const metadata = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom("name", "uid", "annotations", "generation", "x"), value)),
    fc.nat(5),
  )
  .chain(([fields, at]) =>
    fc.option(fc.dictionary(text, text), { nil: undefined }).map((labels) => {
      const entries: [string, unknown][] = [...new Map<string, unknown>(fields)];
      if (labels) entries.splice(Math.min(at, entries.length), 0, ["labels", labels]);
      return Object.fromEntries(entries);
    }),
  );

test(`labels read from bytes are those of the decoded object (seed ${SEED})`, (t) => {
  fc.assert(
    fc.property(metadata, fc.nat(1_000), (given, revision) => {
      const object = {
        kind: "X",
        apiVersion: "v1",
        metadata: given,
        data: { labels: "x" },
      } as KubernetesObject;
      const stored = encodeStored(object);
      const cached = CachedObject.ofStored(
        { namespace: "", name: "a", revision },
        stored,
        never,
        new BytePool(),
      );
      t.deepEqual(cached.labels, cached.decode().metadata.labels);
    }),
    { seed: SEED, numRuns: 500 },
  );
});
