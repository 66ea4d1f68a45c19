/** ClusterTrustBundles: how they are named, and what they hold. */
import type { KubernetesObject } from "@quorate/object";
import test from "ava";
import { builtinSchema, type StrategyContext, strategyFor } from "../src/index.ts";

const schema = builtinSchema();
const strategy = strategyFor(schema.findResource("certificates.k8s.io", "v1", "clustertrustbundles")!);
const context: StrategyContext = {
  namespace: "",
  subresource: "",
  now: "2026-01-01T00:00:00Z",
  userName: "tester",
  userGroups: [],
  dryRun: false,
};
/** Of certificates that never end; one may sign others, one may not. */
const AUTHORITY =
  "MIIBbjCCARWgAwIBAgIUSHldtEUpCGbaXHYU/diruP1hiJIwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjUx" +
  "NjQ4MDBaGA8yMTI2MTEwMTE2NDgwMFowDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABE9inNI9mgjp" +
  "B6BIYQx5ym3q9uWDW8iOibi5rpyniDn5kqqNWkDwy7T6lTkeSsSKUvS0ElQqTfjriWSoh6YQdOKjUzBRMB0GA1UdDgQWBBSf" +
  "aCNYsRYmiv1O1ooMU08KH8a3XjAfBgNVHSMEGDAWgBSfaCNYsRYmiv1O1ooMU08KH8a3XjAPBgNVHRMBAf8EBTADAQH/MAoG" +
  "CCqGSM49BAMCA0cAMEQCIFqn2vgRAbozXhgGG8g4xZ6DpBcNHbIIk2ANhSOehOUZAiB2a55tPpBKMTDuuzTRQRhJWt5dO3Xb" +
  "sCxjRnF1mqMKPQ==";
const LEAF =
  "MIIBbDCCARKgAwIBAgIUYx/JdgbPlaBy7scpW+8cMPWqjQ0wCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjUx" +
  "NjQ4MDBaGA8yMTI2MTEwMTE2NDgwMFowDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOKDso3B4hs/" +
  "CuIe1qmf1xr2UYo+DQ8gvIDFE1HStuFjeeV1xYO0yn8GgTmekVniiW4mXzaY1MTr39lzhE6RJG6jUDBOMB0GA1UdDgQWBBSm" +
  "1jY9DuBIQCqnYUM/+pxSyGBqmzAfBgNVHSMEGDAWgBSm1jY9DuBIQCqnYUM/+pxSyGBqmzAMBgNVHRMBAf8EAjAAMAoGCCqG" +
  "SM49BAMCA0gAMEUCIDj5aIl3T+bYW/rtPygdDPGgM4l8SkwG0uncK3kQ1IXdAiEApuaalLrf+X166OCFmXJaz+lS4X56ri/Y" +
  "mqo2rFggOFk=";

const pem = (body: string, type = "CERTIFICATE") =>
  `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;

const bundle = (name: string, trustBundle: string, signerName?: string): KubernetesObject => ({
  apiVersion: "certificates.k8s.io/v1",
  kind: "ClusterTrustBundle",
  metadata: { name },
  spec: { trustBundle, ...(signerName === undefined ? undefined : { signerName }) },
});

const details = (object: KubernetesObject) =>
  strategy.validateCreate(object, context).map(({ field, detail }) => `${field}: ${detail}`);

test("a bundle of a signer is named after it, with colons", (t) => {
  const signer = "kubernetes.io/kube-apiserver-serving";
  t.deepEqual(details(bundle("kubernetes.io:kube-apiserver-serving:abc", pem(AUTHORITY), signer)), []);
  t.deepEqual(details(bundle("abc", pem(AUTHORITY), signer)), [
    `metadata.name: ClusterTrustBundle for signerName ${signer} must be named with prefix ` +
      "kubernetes.io:kube-apiserver-serving:",
  ]);
  t.regex(
    details(bundle("kubernetes.io:kube-apiserver-serving:A_B", pem(AUTHORITY), signer)).join(),
    /^metadata\.name: a lowercase RFC 1123 subdomain/,
  );
});

test("a bundle of nobody has no colon in its name", (t) => {
  t.deepEqual(details(bundle("abc", pem(AUTHORITY))), []);
  t.deepEqual(details(bundle("a:b", pem(AUTHORITY))), [
    'metadata.name: ClusterTrustBundle without signer name must not have ":" in its name',
  ]);
});

test("a bundle holds certificates of authorities, each once", (t) => {
  const found = (text: string) => details(bundle("a", text)).join();
  t.is(found(""), "spec.trustBundle: at least one trust anchor must be provided");
  t.is(found("what is no certificate"), "spec.trustBundle: at least one trust anchor must be provided");
  t.is(found(pem(LEAF)), "spec.trustBundle: entry 0 does not have the CA bit set");
  t.is(found(pem(AUTHORITY) + pem("AAAA")), "spec.trustBundle: entry 1 does not parse as X.509");
  t.is(found(pem(AUTHORITY, "PRIVATE KEY")), "spec.trustBundle: entry 0 has bad block type: PRIVATE KEY");
  t.is(found(pem(`Of: me\n\n${AUTHORITY}`)), "spec.trustBundle: entry 0 has PEM block headers");
  t.is(found(pem(AUTHORITY).repeat(2)), "spec.trustBundle: duplicate trust anchor (indices [0 1])");
});

test("an update reads only certificates that are new, and leaves the signer", (t) => {
  const stored = bundle("a", "as it was taken once");
  stored.metadata.resourceVersion = "1";
  const findings = (next: KubernetesObject) =>
    strategy
      .validateUpdate({ ...next, metadata: stored.metadata }, stored, context)
      .map(({ field }) => field);
  t.deepEqual(findings(stored), []);
  t.deepEqual(findings(bundle("a", "other")), ["spec.trustBundle"]);
  t.deepEqual(findings(bundle("a", "as it was taken once", "a.b/c")), ["spec.signerName"]);
});

test("a signer's name is a domain and a path, and the finding says which part is wrong", (t) => {
  const found = (signer: string) =>
    details(bundle(`${signer.replaceAll("/", ":")}:a`, pem(AUTHORITY), signer)).join();
  t.is(
    found("nodomain"),
    "spec.signerName: must be a fully qualified domain and path of the form 'example.com/signer-name'",
  );
  t.is(
    found("a.b/c/d"),
    "spec.signerName: must be a fully qualified domain and path of the form 'example.com/signer-name'",
  );
  t.is(found("nodots/c"), "spec.signerName: should be a domain with at least two segments separated by dots");
  t.regex(found("a.B/c"), /^spec\.signerName: validating label "B": a lowercase RFC 1123 label/);
  t.regex(found("a.b/C"), /^spec\.signerName: validating label "C": a lowercase RFC 1123 subdomain/);
});
