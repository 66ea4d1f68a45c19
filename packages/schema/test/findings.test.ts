import { type KubernetesObject, textOf } from "@quorate/object";
import test, { type ExecutionContext } from "ava";
import { builtinSchema, type StrategyContext, strategyFor } from "../src/index.ts";

const schema = builtinSchema();
const context: StrategyContext = {
  namespace: "ns",
  subresource: "",
  now: "2026-01-01T00:00:00Z",
  userName: "tester",
  userGroups: [],
  dryRun: false,
};

type Body = Record<string, unknown>;

/** The findings of a new object, each as `field: what is wrong`. */
function findingsOf(group: string, kind: string, body: Body, name = "a"): string[] {
  const table = [...schema.resources()].find(
    (one) => one.group === group && one.version === "v1" && one.kind === kind,
  )!;
  const metadata = { name, ...(table.namespaced ? { namespace: "ns" } : {}) };
  const object = { apiVersion: group === "" ? "v1" : `${group}/v1`, kind, metadata, ...body };
  return strategyFor(table)
    .validateCreate(object as unknown as KubernetesObject, context)
    .map(textOf);
}

/** `[what is wrong with it, the object's body, the findings]`; the first body is a valid one. */
type Case = readonly [string, Body, readonly string[]];

function check(
  t: ExecutionContext,
  group: string,
  kind: string,
  cases: readonly Case[],
  name?: string,
): void {
  for (const [what, body, expected] of cases) {
    t.deepEqual(findingsOf(group, kind, body, name), [...expected], what);
  }
}

test("flow schemas say for whom they are, and what of", (t) => {
  const subject = { kind: "User", user: { name: "u" } };
  const rule = {
    subjects: [subject],
    nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }],
  };
  const spec = {
    priorityLevelConfiguration: { name: "workload-low" },
    matchingPrecedence: 500,
    rules: [rule],
  };
  const withRule = (part: object) => ({ spec: { ...spec, rules: [{ ...rule, ...part }] } });
  check(t, "flowcontrol.apiserver.k8s.io", "FlowSchema", [
    ["valid", { spec }, []],
    [
      "no level, out of order",
      { spec: { ...spec, priorityLevelConfiguration: { name: "" }, matchingPrecedence: 10_001 } },
      [
        "spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000",
        "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
      ],
    ],
    [
      "the first place",
      { spec: { ...spec, matchingPrecedence: 1 } },
      [
        "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      ],
    ],
    [
      "two kinds of subject in one",
      withRule({ subjects: [{ ...subject, group: { name: "g" } }] }),
      ["spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'"],
    ],
    [
      "nothing that it is about",
      withRule({ nonResourceRules: [] }),
      [
        "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
      ],
    ],
    [
      "everything and something",
      withRule({ nonResourceRules: [{ verbs: ["*", "get"], nonResourceURLs: ["x"] }] }),
      [
        'spec.rules[0].nonResourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not ' +
          "specify other verbs",
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "x": must start with slash',
      ],
    ],
  ]);
  const [changed] = findingsOf("flowcontrol.apiserver.k8s.io", "FlowSchema", { spec }, "catch-all");
  t.regex(changed ?? "", /^spec: Invalid value: .*: spec of 'catch-all' must equal the fixed value$/);
});

test("priority levels have limits, unless they are the one that is exempt", (t) => {
  const queuing = { queues: 64, handSize: 6, queueLengthLimit: 50 };
  const limited = {
    nominalConcurrencyShares: 5,
    lendablePercent: 0,
    limitResponse: { type: "Queue", queuing },
  };
  const level = (part: object) => ({ spec: { type: "Limited", limited: { ...limited, ...part } } });
  const queued = (part: object) =>
    level({ limitResponse: { type: "Queue", queuing: { ...queuing, ...part } } });
  const at = "spec.limited.limitResponse";
  check(t, "flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", [
    ["valid", level({}), []],
    [
      "exempt by type only",
      { spec: { type: "Exempt" } },
      ["spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'"],
    ],
    ["no limits", { spec: { type: "Limited" } }, ["spec.limited: Required value"]],
    [
      "shares",
      level({ nominalConcurrencyShares: -1, lendablePercent: 101 }),
      [
        "spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
        "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
      ],
    ],
    [
      "a hand larger than the deck",
      queued({ handSize: 65 }),
      [`${at}.queuing.handSize: Invalid value: 65: should not be greater than queues (64)`],
    ],
    [
      "more entropy than the hash has",
      queued({ queues: 100_000 }),
      [
        `${at}.queuing.handSize: Invalid value: 6: required entropy bits of deckSize 100000 and handSize 6 ` +
          "should not be greater than 60",
      ],
    ],
    [
      "queues of a level that rejects",
      level({ limitResponse: { type: "Reject", queuing } }),
      [`${at}.queuing: Forbidden`],
    ],
  ]);
});

test("endpoint slices, classes of ingresses and storage are checked where a field is there but empty", (t) => {
  const dns = /RFC 1123/;
  const slice = (endpoint: object, port: object) => ({
    addressType: "IPv4",
    endpoints: [{ addresses: ["192.0.2.1"], ...endpoint }],
    ports: [{ name: "", protocol: "TCP", ...port }],
  });
  const sliceFindings = (endpoint: object, port: object = {}) =>
    findingsOf("discovery.k8s.io", "EndpointSlice", slice(endpoint, port));
  t.deepEqual(sliceFindings({ hostname: "h", nodeName: "n", hints: { forZones: [{ name: "z" }] } }), []);
  t.regex(sliceFindings({ hostname: "" })[0] ?? "", dns);
  t.regex(sliceFindings({ nodeName: "" })[0] ?? "", dns);
  t.deepEqual(sliceFindings({ hints: { forZones: [{ name: "z" }, { name: "z" }] } }), [
    'endpoints[0].hints.forZones[1].name: Duplicate value: "z"',
  ]);
  t.deepEqual(sliceFindings({}, { protocol: "" }), [
    'ports[0].protocol: Unsupported value: "": supported values: "SCTP", "TCP", "UDP"',
  ]);
  const ingressClass = (parameters: object) =>
    findingsOf("networking.k8s.io", "IngressClass", { spec: { controller: "a.b/c", parameters } });
  t.deepEqual(ingressClass({ kind: "K", name: "n", scope: "Cluster" }), []);
  t.deepEqual(ingressClass({ kind: "K", name: "n/m", scope: "" }), [
    `spec.parameters.name: Invalid value: "n/m": may not contain '/'`,
    'spec.parameters.scope: Unsupported value: "": supported values: "Cluster", "Namespace"',
  ]);
  const storage = { provisioner: "a/b", reclaimPolicy: "Delete", volumeBindingMode: "Immediate" };
  const topology = { matchLabelExpressions: [{ key: "zone", values: ["a"] }] };
  t.deepEqual(
    findingsOf("storage.k8s.io", "StorageClass", { ...storage, allowedTopologies: [topology, topology] }),
    ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
  );
  t.regex(findingsOf("storage.k8s.io", "CSIStorageCapacity", { storageClassName: "" })[0] ?? "", dns);
});

test("drivers have short names, nodes one network of each family", (t) => {
  const long = "a".repeat(64);
  const drivers = [{ name: long, nodeID: "n", topologyKeys: ["zone", "zone"] }];
  t.deepEqual(findingsOf("storage.k8s.io", "CSINode", { spec: { drivers } }), [
    "spec.drivers[0].name: Too long: may not be more than 63 bytes",
    'spec.drivers[0]: Duplicate value: "zone"',
  ]);
  t.deepEqual(findingsOf("", "Node", { spec: { podCIDRs: ["10.0.0.0/24", "10.1.0.0/24"] } }), [
    'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one CIDR for each ' +
      "IP family",
  ]);
  const taint = { key: "k", effect: "NoSchedule" };
  t.deepEqual(findingsOf("", "Node", { spec: { taints: [taint, taint] } }), [
    'metadata.taints[1]: Duplicate value: {"key":"k","effect":"NoSchedule"}: taints must be unique by key and ' +
      "effect pair",
  ]);
});

test("nodes can be selected by the name alone, and by values that labels can have", (t) => {
  const volume = (term: object) => ({
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      local: { path: "/x" },
      nodeAffinity: { required: { nodeSelectorTerms: [term] } },
    },
  });
  const at = "spec.nodeAffinity.required.nodeSelectorTerms[0]";
  const field = { key: "metadata.name", operator: "In", values: ["n"] };
  check(t, "", "PersistentVolume", [
    ["valid", volume({ matchFields: [field] }), []],
    [
      "another field",
      volume({ matchFields: [{ ...field, key: "metadata.uid" }] }),
      [`${at}.matchFields[0].key: Invalid value: "metadata.uid": not a valid field selector key`],
    ],
    [
      "two names",
      volume({ matchFields: [{ ...field, values: ["a", "b"] }] }),
      [
        `${at}.matchFields[0].values: Required value: must be only one value when \`operator\` is 'In' or ` +
          "'NotIn' for node field selector",
      ],
    ],
  ]);
  const [found] = findingsOf(
    "",
    "PersistentVolume",
    volume({ matchExpressions: [{ key: "a", operator: "In", values: ["no label"] }] }),
  );
  t.regex(
    found ?? "",
    /matchExpressions\[0\]\.values\[0\]: Invalid value: "no label": a valid label must be/,
  );
});
