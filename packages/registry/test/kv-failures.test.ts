import type { Kv, KvErrorCode } from "@quorate/mvcc";
import test, { type ExecutionContext } from "ava";
import { FaultyKv } from "./support/faulty-kv.ts";
import { configMap, context, openStores } from "./support/open-stores.ts";
import { refusal } from "./support/refusal.ts";

async function openFaulty(t: ExecutionContext) {
  let faulty!: Kv & FaultyKv;
  const through = (kv: Kv): Kv => {
    faulty = FaultyKv.over(kv);
    return faulty;
  };
  return { ...(await openStores(t, { through })), faulty };
}

const STATUSES: readonly (readonly [KvErrorCode, number, string])[] = [
  ["NO_LEADER", 503, "ServiceUnavailable"],
  ["UNAVAILABLE", 503, "ServiceUnavailable"],
  ["STOPPED", 503, "ServiceUnavailable"],
  ["TIMEOUT", 504, "Timeout"],
  ["TOO_MANY_REQUESTS", 429, "TooManyRequests"],
  ["REQUEST_TOO_LARGE", 413, "RequestEntityTooLarge"],
  ["NO_SPACE", 507, "InternalError"],
  ["CORRUPT", 500, "InternalError"],
];

for (const [code, status, reason] of STATUSES) {
  test(`${code} of the store is a ${status}`, async (t) => {
    const { configMaps, faulty } = await openFaulty(t);
    faulty.nextTxnFailure = { code, isDone: false };
    const refused = await refusal(t, configMaps.create(configMap("a"), context("ns")));
    t.like(refused, { code: status, reason, kind: "Status", status: "Failure" });
  });
}

test("a write whose leader went is tried again, and counts once where it was done already", async (t) => {
  const { configMaps, faulty } = await openFaulty(t);
  faulty.nextTxnFailure = { code: "LEADER_CHANGED", isDone: true };
  const made = await configMaps.create(configMap("a"), context("ns"));
  t.is(made.revision, 2);
  t.is(faulty.txns, 2);
  faulty.nextTxnFailure = { code: "LEADER_CHANGED", isDone: false };
  t.is((await configMaps.create(configMap("b"), context("ns"))).revision, 3);
  faulty.nextTxnFailure = { code: "LEADER_CHANGED", isDone: true };
  const { object } = await configMaps.update("ns", "a", () => configMap("a", { k: "v" }), context("ns"));
  t.is(object.revision, 4);
  faulty.nextTxnFailure = { code: "LEADER_CHANGED", isDone: true };
  t.true((await configMaps.delete("ns", "a", {}, context("ns"))).deleted);
  t.is((await refusal(t, configMaps.get("ns", "a"))).code, 404);
});

test("a create that was done, and changed since, still is this create", async (t) => {
  const { configMaps, faulty } = await openFaulty(t);
  faulty.nextTxnFailure = {
    code: "LEADER_CHANGED",
    isDone: true,
    meanwhile: async () => {
      await configMaps.update("ns", "a", () => configMap("a", { k: "v" }), context("ns"));
    },
  };
  const made = await configMaps.create(configMap("a"), context("ns"));
  t.is(made.revision, 2);
  t.deepEqual((await configMaps.get("ns", "a")).decode().data, { k: "v" });
});

test("an update whose fate can't be told from what is there is a 504, never done twice", async (t) => {
  const { configMaps, faulty } = await openFaulty(t);
  await configMaps.create(configMap("a"), context("ns"));
  faulty.nextTxnFailure = {
    code: "LEADER_CHANGED",
    isDone: true,
    meanwhile: async () => {
      await configMaps.update("ns", "a", () => configMap("a", { k: "other" }), context("ns"));
    },
  };
  const update = configMaps.update("ns", "a", () => configMap("a", { k: "mine" }), context("ns"));
  t.like(await refusal(t, update), { code: 504, reason: "Timeout" });
  t.deepEqual((await configMaps.get("ns", "a")).decode().data, { k: "other" });
});

test("in a full store a deletion makes room for its own mark", async (t) => {
  const { configMaps, faulty } = await openFaulty(t);
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}".repeat(100), kept: "yes" };
  const made = await configMaps.create(
    configMap("a", {}, { annotations, finalizers: ["x.io/y"] }),
    context("ns"),
  );
  faulty.nextTxnFailure = { code: "NO_SPACE", isDone: false };
  const { object } = await configMaps.delete("ns", "a", {}, context("ns"));
  t.truthy(object.decode().metadata.deletionTimestamp);
  t.deepEqual(object.decode().metadata.annotations, { kept: "yes" });
  t.true(object.json.length < made.json.length);
});
