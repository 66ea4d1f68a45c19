import type { KubernetesObject } from "@quorate/object";
import { allowing } from "./support/admission-fixture.ts";
import { refusalOf, test, withFixture } from "./support/with-fixture.ts";

/** Requests whose subjects differ in the organization. */
const MASTERS = csr("system:masters");
const DEVELOPERS = csr("developers");

/** As much of a PKCS #10 request as its subject takes; nobody checks its signature here. */
function csr(organization: string): string {
  const element = (tag: number, ...parts: Buffer[]) => {
    const content = Buffer.concat(parts);
    return Buffer.concat([Buffer.from([tag, content.length]), content]);
  };
  const attribute = (type: number, text: string) =>
    element(
      0x31,
      element(0x30, element(0x06, Buffer.from([0x55, 0x04, type])), element(0x0c, Buffer.from(text))),
    );
  const subject = element(0x30, attribute(0x0a, organization), attribute(0x03, "x"));
  const der = element(0x30, element(0x30, element(0x02, Buffer.from([0])), subject));
  const lines = der
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n");
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
  return Buffer.from(pem).toString("base64");
}

function requestFor(request: string, signerName = "kubernetes.io/kube-apiserver-client"): KubernetesObject {
  return {
    kind: "CertificateSigningRequest",
    apiVersion: "certificates.k8s.io/v1",
    metadata: { name: "r" },
    spec: { request, signerName, usages: ["client auth"] },
  };
}

test(
  "nobody asks for a client certificate of system:masters",
  withFixture(async (t, fixture) => {
    await t.notThrowsAsync(() => fixture.admit(requestFor(DEVELOPERS)));
    await t.notThrowsAsync(() => fixture.admit(requestFor(MASTERS, "example.com/own")));
    const refusal = await refusalOf(t, () => fixture.admit(requestFor(MASTERS)));
    t.is(refusal.code, 403);
    const why = "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed";
    t.true(refusal.message.endsWith(why));
    const broken = requestFor(Buffer.from("nonsense").toString("base64"));
    t.true((await refusalOf(t, () => fixture.admit(broken))).message.includes("failed to parse CSR"));
  }),
);

const approving = { operation: "UPDATE", subresource: "approval" } as const;

test(
  "who approves must be allowed to, for the signer or its domain",
  withFixture(
    async (t, fixture) => {
      const inDomain = requestFor(DEVELOPERS, "example.com/any");
      await t.notThrowsAsync(() => fixture.admit(inDomain, { ...approving, oldObject: inDomain }));
      const other = requestFor(DEVELOPERS);
      const refusal = await refusalOf(t, () => fixture.admit(other, { ...approving, oldObject: other }));
      const why =
        'user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"';
      t.true(refusal.message.endsWith(why));
    },
    { authorizer: allowing("approve signers example.com/*") },
  ),
);

test(
  "who signs must be allowed to; a status that issues nothing needs no such word",
  withFixture(
    async (t, fixture) => {
      const old = requestFor(DEVELOPERS);
      const status = { operation: "UPDATE", subresource: "status", oldObject: old } as const;
      await t.notThrowsAsync(() => fixture.admit(old, status));
      const signed = { ...old, status: { certificate: "Yw==" } };
      const refusal = await refusalOf(t, () => fixture.admit(signed, status));
      t.true(refusal.message.includes("user not permitted to sign requests"));
    },
    { authorizer: allowing() },
  ),
);
