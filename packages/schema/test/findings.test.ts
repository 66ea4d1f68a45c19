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

/** The findings of a change from one body to another. */
function changesOf(group: string, kind: string, before: Body, after: Body): string[] {
  const table = [...schema.resources()].find(
    (one) => one.group === group && one.version === "v1" && one.kind === kind,
  )!;
  const metadata = { name: "a", namespace: "ns", uid: "u", resourceVersion: "1" };
  const object = (body: Body) =>
    ({ apiVersion: `${group}/v1`, kind, metadata, ...body }) as unknown as KubernetesObject;
  return strategyFor(table).validateUpdate(object(after), object(before), context).map(textOf);
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
        "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have " +
          "matchingPrecedence 1",
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
        "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has " +
          "to be non-empty",
      ],
    ],
    [
      "everything and something",
      withRule({ nonResourceRules: [{ verbs: ["*", "get"], nonResourceURLs: ["x"] }] }),
      [
        'spec.rules[0].nonResourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is ' +
          "present, must not " +
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

test("slices and classes of ingresses and storage are checked where a field is there but empty", (t) => {
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
    'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one ' +
      "CIDR for each " +
      "IP family",
  ]);
  const taint = { key: "k", effect: "NoSchedule" };
  t.deepEqual(findingsOf("", "Node", { spec: { taints: [taint, taint] } }), [
    'metadata.taints[1]: Duplicate value: {"key":"k","effect":"NoSchedule"}: taints must be ' +
      "unique by key and " +
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

test("policies of a job name its containers, its indexes and codes in order", (t) => {
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
  const found = (part: object, name?: string) =>
    findingsOf(
      "batch",
      "Job",
      { spec: { completionMode: "Indexed", completions: 3, parallelism: 1, template, ...part } },
      name,
    ).filter((text) => /^(spec\.(pod|success|managed)|metadata\.name)/.test(text));
  const failure = (rule: object) => found({ podFailurePolicy: { rules: [{ action: "FailJob", ...rule }] } });
  const codes = "spec.podFailurePolicy.rules[0].onExitCodes";
  t.deepEqual(failure({ onExitCodes: { operator: "In", containerName: "c", values: [1, 2] } }), []);
  t.deepEqual(failure({ onExitCodes: { operator: "In", containerName: "d", values: [2, 0, 2] } }), [
    `${codes}.containerName: Invalid value: "d": must be one of the container or initContainer ` +
      `names in the pod ` +
      "template",
    `${codes}.values[1]: Invalid value: 0: must not be 0 for the In operator`,
    `${codes}.values[2]: Duplicate value: 2`,
    `${codes}.values: Invalid value: [2,0,2]: must be ordered`,
  ]);
  t.deepEqual(failure({ onPodConditions: [{ type: "A", status: "Maybe" }] }), [
    'spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: "Maybe": ' +
      "supported values: " +
      '"False", "True", "Unknown"',
  ]);
  const success = (succeededIndexes: string, succeededCount = 1) =>
    found({ successPolicy: { rules: [{ succeededIndexes, succeededCount }] } }).map((text) =>
      text.replace("spec.successPolicy.rules[0].", ""),
    );
  t.deepEqual(success("0,1-2", 3), []);
  t.deepEqual(success("0,1-2", 4), [
    "succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)",
    "succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes " +
      "in the specified " +
      "succeededIndexes field)",
  ]);
  const parsing = (text: string) =>
    /error parsing succeededIndexes: (.*)$/.exec(success(text, 0)[0] ?? "")?.[1];
  t.is(parsing("3"), 'too large index: "3"');
  t.is(parsing("1,1"), "non-increasing order, previous: 1, current: 1");
  t.is(parsing("x"), 'cannot convert string to integer for index: "x"');
  t.regex(parsing("0-1-2") ?? "", /^the fragment "0-1-2" violates/);
  t.deepEqual(found({ managedBy: "me" }), [
    'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
  ]);
  const long = "a".repeat(62);
  t.deepEqual(found({}, long), [
    `metadata.name: Invalid value: "${long}": will not able to create pod with invalid DNS label: ${long}-2`,
  ]);
});

test("autoscalers go down to zero where a metric tells them to come back", (t) => {
  const metric = { metric: { name: "m" }, target: { type: "Value", value: "1" } };
  const external = { type: "External", external: metric };
  const found = (part: object) =>
    findingsOf("autoscaling", "HorizontalPodAutoscaler", {
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
        minReplicas: 0,
        maxReplicas: 1,
        ...part,
      },
    });
  const forbidden =
    "spec.metrics: Forbidden: must specify at least one Object or External metric to support " +
    "scaling to zero replicas";
  t.deepEqual(found({}), [forbidden]);
  const described = { type: "Object", object: { ...metric, describedObject: { kind: "K", name: "n/m" } } };
  t.deepEqual(found({ metrics: [external, described] }), [
    `spec.metrics[1].object.describedObject.name: Invalid value: "n/m": may not contain '/'`,
  ]);
});

test("pods name what of the node they use", (t) => {
  const pod = (part: object, container: object = {}) => {
    const containers = [{ name: "c", image: "i", imagePullPolicy: "Always", ...container }];
    const rest = {
      dnsPolicy: "Default",
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 1,
      containers,
      ...part,
    };
    return findingsOf("", "Pod", { spec: rest }).filter(
      (text) => !/terminationMessage|name: Required/.test(text),
    );
  };
  t.deepEqual(pod({}), []);
  t.deepEqual(pod({ securityContext: { seccompProfile: { type: "Localhost" } } }), [
    "spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when " +
      "seccomp type is Localhost",
  ]);
  const sysctl = { name: "kernel.shmmax", value: "1" };
  t.deepEqual(pod({ securityContext: { sysctls: [sysctl, sysctl] } }), [
    'spec.securityContext.sysctls[1].name: Duplicate value: "kernel.shmmax"',
  ]);
  const mount = { name: "v", mountPath: "/x", mountPropagation: "Bidirectional" };
  t.deepEqual(pod({ volumes: [{ name: "v", emptyDir: {} }] }, { volumeMounts: [mount] }), [
    "spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount " +
      "propagation is available only " +
      "to privileged containers",
  ]);
  const token = { serviceAccountToken: { path: "t", expirationSeconds: 3600 } };
  t.deepEqual(pod({ volumes: [{ name: "v", projected: { sources: [token] } }] }), [
    "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when " +
      "serviceAccountName is not set",
  ]);
  const spread = { maxSkew: 1, topologyKey: "z", whenUnsatisfiable: "DoNotSchedule", matchLabelKeys: ["a"] };
  t.deepEqual(pod({ topologySpreadConstraints: [spread] }), [
    "spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when " +
      "labelSelector is not set",
  ]);
  const disk = { targetPortal: "192.0.2.1", iqn: "disk", lun: 0 };
  t.deepEqual(pod({ volumes: [{ name: "v", iscsi: disk }] }), [
    'spec.volumes[0].iscsi.iqn: Invalid value: "disk": must be valid format starting with iqn, eui, or naa',
  ]);
});

test("scopes of a quota that objects are in or not have no values", (t) => {
  const found = (requirement: object) =>
    findingsOf("", "ResourceQuota", {
      spec: { hard: { pods: "1" }, scopeSelector: { matchExpressions: [requirement] } },
    }).map((text) => text.replace("spec.scopeSelector.matchExpressions.", ""));
  t.deepEqual(found({ scopeName: "PriorityClass", operator: "In", values: ["high"] }), []);
  t.deepEqual(found({ scopeName: "PriorityClass", operator: "In" }), [
    "values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for " +
      "scope selector",
  ]);
  t.regex(
    found({ scopeName: "Terminating", operator: "In", values: ["x"] })[0] ?? "",
    /^operator: .* must be 'Exists'/,
  );
  t.deepEqual(found({ scopeName: "Mine", operator: "Exists" }), [
    'scopeName: Invalid value: "Mine": unsupported scope',
  ]);
});

test("events of the new group are reports that only their series adds to; others are taken as ever", (t) => {
  const event = {
    eventTime: "2026-01-01T00:00:00.000000Z",
    involvedObject: { kind: "Pod", namespace: "ns", name: "p" },
    reason: "r",
    action: "a",
    type: "Normal",
    reportingComponent: "x.io/c",
    reportingInstance: "i",
  };
  const group = "events.k8s.io";
  t.deepEqual(findingsOf(group, "Event", event), []);
  const { eventTime: _, ...untimed } = event;
  t.deepEqual(findingsOf(group, "Event", untimed), ["eventTime: Required value"]);
  t.deepEqual(findingsOf(group, "Event", { ...event, type: "Odd", count: 2 }), [
    'type: Invalid value: "": has invalid value: Odd',
    'count: Invalid value: "": needs to be unset',
  ]);
  t.deepEqual(findingsOf("", "Event", { ...untimed, type: "Odd", count: 2 }), []);
  t.deepEqual(findingsOf("", "Event", { ...untimed, involvedObject: { namespace: "other" } }), [
    'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
  ]);
  const series = { count: 1, lastObservedTime: "2026-01-01T00:00:00.000000Z" };
  t.deepEqual(changesOf(group, "Event", event, { ...event, series: { ...series, count: 2 } }), []);
  t.deepEqual(changesOf(group, "Event", event, { ...event, series, reason: "other" }), [
    'series.count: Invalid value: "": should be at least 2',
    'reason: Invalid value: "other": field is immutable',
  ]);
});

test("what stateful sets and revisions are known by stays", (t) => {
  const labels = { app: "a" };
  const template = { metadata: { labels }, spec: {} };
  const spec = {
    serviceName: "s",
    selector: { matchLabels: labels },
    podManagementPolicy: "Parallel",
    template,
  };
  const claim = { metadata: { name: "v" }, spec: {} };
  const changes = (part: object) =>
    changesOf(
      "apps",
      "StatefulSet",
      { spec: { ...spec, volumeClaimTemplates: [claim] } },
      {
        spec: { ...spec, volumeClaimTemplates: [claim], ...part },
      },
    ).filter((text) => text.includes("immutable") || text.includes("volumeClaim"));
  t.deepEqual(changes({ replicas: 2 }), []);
  t.deepEqual(changes({ serviceName: "other", podManagementPolicy: "OrderedReady" }), [
    'spec.serviceName: Invalid value: "other": field is immutable',
    'spec.podManagementPolicy: Invalid value: "OrderedReady": field is immutable',
  ]);
  t.deepEqual(findingsOf("apps", "ControllerRevision", { revision: 1 }), [
    "data: Required value: data is mandatory",
  ]);
  t.deepEqual(
    changesOf("apps", "ControllerRevision", { revision: 1, data: { a: 1 } }, { revision: 2, data: { a: 2 } }),
    ['data: Invalid value: {"a":2}: field is immutable'],
  );
});

test("what is there but empty is a finding of its own", (t) => {
  const roleFindings = findingsOf("rbac.authorization.k8s.io", "ClusterRole", {
    rules: [],
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "a b": "c" } }] },
  });
  t.is(roleFindings.length, 2);
  t.regex(roleFindings[1] ?? "", /^aggregationRule\.clusterRoleSelectors\[0\]: .* invalid label selector\.$/);
  const secret = { type: "kubernetes.io/ssh-auth", data: { "ssh-privatekey": "" } };
  t.deepEqual(findingsOf("", "Secret", secret), ["data[ssh-privatekey]: Required value"]);
  t.deepEqual(findingsOf("scheduling.k8s.io", "PriorityClass", { value: 1, preemptionPolicy: "" }), [
    "preemptionPolicy: Required value",
  ]);
  const budget = { spec: { minAvailable: 1, unhealthyPodEvictionPolicy: "" } };
  t.deepEqual(findingsOf("policy", "PodDisruptionBudget", budget, "Any Name"), [
    'spec.unhealthyPodEvictionPolicy: Unsupported value: "": ' +
      'supported values: "AlwaysAllow", "IfHealthyBudget"',
  ]);
});
