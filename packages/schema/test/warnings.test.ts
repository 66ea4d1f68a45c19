import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import type { KubernetesObject } from "@quorate/object";
import test from "ava";
import { builtinSchema, strategyFor } from "../src/index.ts";

const schema = builtinSchema();

function warningsOf(object: object, current?: object): string[] {
  const { apiVersion, kind } = object as KubernetesObject;
  const [version, group = ""] = (apiVersion ?? "").split("/").reverse();
  const resource = [...schema.resources()].find(
    (one) => one.group === group && one.version === version && one.kind === kind,
  );
  const strategy = strategyFor(resource!);
  return strategy.warnings?.(object as KubernetesObject, current as KubernetesObject | undefined) ?? [];
}

const pod = (spec: object, metadata: object = { name: "a" }) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata,
  spec,
});

test("a pod that nothing is odd about has no warnings", (t) => {
  const ports = [{ containerPort: 80, protocol: "TCP" }];
  t.deepEqual(warningsOf(pod({ containers: [{ name: "a", ports }, { name: "b" }] })), []);
});

test("a name that is no DNS label is told of on create, with the finding in Go's brackets", (t) => {
  const [warning, ...others] = warningsOf(pod({}, { name: "a.b" }));
  t.is(
    warning,
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; " +
      "a DNS label is recommended: [must not contain dots]",
  );
  t.deepEqual(others, []);
});

test("ports that meet, names that hide, fractions of a byte and empty selectors are told of", (t) => {
  const env = [
    { name: "A", value: "1" },
    { name: "A", value: "$(A)2" },
    { name: "A", value: "3" },
  ];
  const port = { containerPort: 80, protocol: "TCP", name: "web" };
  const spec = {
    nodeSelector: { "beta.kubernetes.io/os": "linux" },
    topologySpreadConstraints: [{ topologyKey: "zone" }],
    imagePullSecrets: [{ name: "a" }, { name: "a" }],
    containers: [
      { name: "a", env, ports: [port], resources: { requests: { memory: "1.5m" } } },
      { name: "b", ports: [port, { ...port, name: "", hostPort: 80 }] },
    ],
  };
  t.deepEqual(warningsOf(pod(spec)), [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
    'spec.imagePullSecrets[1].name: duplicate name "a"',
    'spec.containers[0].resources.requests[memory]: fractional byte value "1500u" is invalid, must be an integer',
    'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
    "spec.containers[1].ports[0]: duplicate port definition with spec.containers[0].ports[0]",
    "spec.containers[1].ports[1]: overlapping port definition with spec.containers[0].ports[0]",
    "spec.containers[1].ports[1]: overlapping port definition with spec.containers[1].ports[0]",
    'spec.containers[1].ports[0]: duplicate port name "web" with spec.containers[0].ports[0], services and probes ' +
      "that select ports by name will use spec.containers[0].ports[0]",
  ]);
});

test("a template warns on create and where its generation changes, at its own path", (t) => {
  const deployment = (generation: number) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "a", generation },
    spec: { template: { spec: { topologySpreadConstraints: [{ topologyKey: "zone" }] } } },
  });
  const expected = [
    "spec.template.spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
  ];
  t.deepEqual(warningsOf(deployment(1)), expected);
  t.deepEqual(warningsOf(deployment(2), deployment(1)), expected);
  t.deepEqual(warningsOf(deployment(2), deployment(2)), []);
});

test("deprecated parts of other kinds are told of", (t) => {
  const csiDriver = {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIDriver",
    metadata: { name: "a" },
    spec: { tokenRequests: [{ audience: "a" }] },
  };
  t.regex(warningsOf(csiDriver)[0] ?? "", /^spec\.serviceAccountTokenInSecrets is unset/);
  t.deepEqual(warningsOf(csiDriver, csiDriver), []);
  const ingress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "a", annotations: { "kubernetes.io/ingress.class": "nginx" } },
  };
  t.deepEqual(warningsOf(ingress), [
    `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
  ]);
  const data = { "tls.crt": "YWJj", "tls.key": "YWJj" };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/tls",
    metadata: { name: "a" },
    data,
  };
  t.deepEqual(warningsOf(secret), ["tls: failed to find any PEM data in certificate input"]);
});

test("a key that is not that of its certificate is told of, as a TLS server would", (t) => {
  const read = (name: string) => readFileSync(new URL(`fixtures/tls/${name}`, import.meta.url), "utf8");
  const [certificate, key] = [read("server.crt"), read("server.key")];
  const { privateKey: other } = generateKeyPairSync("ed25519");
  const { privateKey: elliptic } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const { privateKey: exchange } = generateKeyPairSync("x25519");
  const pem = (object: KeyObject) => object.export({ format: "pem", type: "pkcs8" }).toString();
  const junk = (type: string) => `-----BEGIN ${type}-----\nYWJj\n-----END ${type}-----\n`;
  const cases: [string, string, string | undefined][] = [
    [certificate, key, undefined],
    [`hello\n${junk("PUBLIC KEY")}${certificate}${junk("CERTIFICATE")}`, `# mine\n${key}`, undefined],
    [certificate.replaceAll("\n", "\r\n"), key, undefined],
    [certificate, pem(other), "tls: private key does not match public key"],
    [certificate, pem(elliptic), "tls: private key type does not match public key type"],
    [certificate, pem(exchange), "tls: found unknown private key type in PKCS#8 wrapping"],
    [certificate, junk("PRIVATE KEY"), "tls: failed to parse private key"],
    [junk("CERTIFICATE") + certificate, key, "x509: malformed certificate"],
    [
      key,
      certificate,
      "tls: failed to find certificate PEM data in certificate input, but did find a private key; " +
        "PEM inputs may have been switched",
    ],
    [certificate, certificate, "tls: found a certificate rather than a key in the PEM for the private key"],
    [certificate, "", "tls: failed to find any PEM data in key input"],
    [
      junk("A") + junk("B"),
      key,
      'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of ' +
        "the following types: [A B]",
    ],
    [
      certificate,
      junk("A"),
      'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM ' +
        "blocks of the following types: [A]",
    ],
  ];
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  for (const [crt, ofKey, expected] of cases) {
    const data = { "tls.crt": base64(crt), "tls.key": base64(ofKey) };
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/tls",
      metadata: { name: "a" },
      data,
    };
    t.deepEqual(warningsOf(secret), expected === undefined ? [] : [expected]);
  }
});
