/**
 * Whatever a client sends, the server answers with a Status of its making: never a 500, never silence, never
 * a crash. SEED reproduces a run.
 */
import { randomInt } from "node:crypto";
import { type Random, seededRandom } from "@quorate/base";
import { builtinSchema, encodeProtobuf, parseApiVersion } from "@quorate/schema";
import type { Json } from "./support/api-client.ts";
import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  PODS,
  PROTOBUF,
  pod,
  TABLE,
} from "./support/objects.ts";
import { testWithServer } from "./support/with-server.ts";

const REQUESTS = 1_200;
const CONCURRENT = 40;
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
const schema = builtinSchema();
const failures: string[] = [];
const test = testWithServer({
  log: (level, message, fields) => {
    if (level === "error") failures.push(`${message} ${JSON.stringify(fields)}`);
  },
});

const AUTOSCALERS = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
const TARGETS: readonly (readonly [string, () => Json])[] = [
  [CONFIG_MAPS, () => configMap("f")],
  [PODS, () => pod("f")],
  [DEPLOYMENTS, () => deployment("f")],
  [
    AUTOSCALERS,
    () => ({
      kind: "HorizontalPodAutoscaler",
      apiVersion: "autoscaling/v1",
      metadata: { name: "f" },
      spec: { maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "d" } },
    }),
  ],
  [
    "/apis/events.k8s.io/v1/namespaces/default/events",
    () => ({
      kind: "Event",
      apiVersion: "events.k8s.io/v1",
      metadata: { name: "f" },
      eventTime: "2026-01-01T00:00:00.000000Z",
      reportingController: "c",
      reportingInstance: "i",
      action: "a",
      reason: "r",
      type: "Normal",
      regarding: { namespace: "default" },
    }),
  ],
  [
    "/api/v1/namespaces/default/services",
    () => ({ kind: "Service", apiVersion: "v1", metadata: { name: "f" }, spec: { ports: [{ port: 80 }] } }),
  ],
];
const PARTS = ["", "/status", "/scale", "/binding", "/eviction", "/log", "/proxy/x", "/nope"];
const VALUES = [null, 0, -1, 1.5, 1e300, "", "x", "é\u0000", true, [], {}, [null], { "": null }, "__proto__"];
const KEYS = ["__proto__", "constructor", "kind", "name", "status", "spec", "x", "finalizers", "uid"];
const QUERIES = [
  "limit=-1",
  "limit=99999999999999999999",
  "continue=e30",
  "labelSelector=%00",
  "labelSelector=a%20in%20(b)",
  "fieldSelector=metadata.name%3Df",
  "resourceVersion=1",
  "resourceVersion=18446744073709551615",
  "resourceVersionMatch=Exact",
  "dryRun=All",
  "pretty=1",
  "fieldValidation=Strict",
  "gracePeriodSeconds=-5",
  "propagationPolicy=Orphan",
  "timeout=5s",
  "watch=1&timeoutSeconds=1",
  "includeObject=Object",
];
const ACCEPTS = ["*/*", "application/json", "application/yaml", PROTOBUF, TABLE.accept, ";;,,", "text/html"];
const TYPES = ["application/json", "application/yaml", PROTOBUF, "", "x/y;;"];
const PATCHES = ["json-patch", "merge-patch", "strategic-merge-patch"];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.int(list.length)]!;
}

/** Changes a few places of a value to something else. */
function mutate(random: Random, value: Json): Json {
  if (random.int(8) === 0) return pick(random, VALUES);
  if (typeof value !== "object" || value === null) return value;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  for (const key of Object.keys(copy)) if (random.int(4) === 0) copy[key] = mutate(random, copy[key]);
  if (!Array.isArray(copy) && random.int(6) === 0) copy[pick(random, KEYS)] = pick(random, VALUES);
  return copy;
}

function bodyOf(random: Random, type: string, object: Json): Buffer {
  if (random.int(12) === 0) return Buffer.from(Array.from({ length: random.int(99) }, () => random.int(256)));
  if (type !== PROTOBUF) return Buffer.from(JSON.stringify(object) ?? "null");
  try {
    const { kind, apiVersion } = object;
    const bytes = encodeProtobuf(schema, { ...parseApiVersion(apiVersion)!, kind }, object);
    if (random.int(2) === 0) bytes[random.int(bytes.length)] = random.int(256);
    return bytes;
  } catch {
    return Buffer.from("k8s\0");
  }
}

test(`no input is answered with a 500 (seed ${seed})`, async (t) => {
  const { admin } = t.context;
  const random = seededRandom(seed);
  const codes = new Map<number, number>();
  const send = async (): Promise<void> => {
    const [collection, make] = pick(random, TARGETS);
    const method = pick(random, ["GET", "POST", "POST", "PUT", "PATCH", "DELETE"]);
    const isNamed = method !== "POST" || random.int(4) === 0;
    const part = random.int(3) === 0 ? pick(random, PARTS) : "";
    const query = random.int(2) === 0 ? `?${pick(random, QUERIES)}&${pick(random, QUERIES)}` : "";
    const path = `${collection}${isNamed ? `/f${part}` : ""}${query}`;
    const type = method === "PATCH" ? `application/${pick(random, PATCHES)}+json` : pick(random, TYPES);
    const object = mutate(random, make());
    const body = method === "GET" ? undefined : bodyOf(random, type, object);
    const headers = { "content-type": type, accept: pick(random, ACCEPTS) };
    const { status, text } = await admin.request(method, path, body, headers);
    codes.set(status, (codes.get(status) ?? 0) + 1);
    if (status === 0 || status === 500) failures.push(`${method} ${path} ${JSON.stringify(object)}: ${text}`);
  };
  for (let sent = 0; sent < REQUESTS; sent += CONCURRENT)
    await Promise.all(Array.from({ length: CONCURRENT }, send));
  t.deepEqual(failures, []);
  for (const code of [200, 201, 400, 404, 422]) t.true(codes.has(code), `no ${code} among the answers`);
});
