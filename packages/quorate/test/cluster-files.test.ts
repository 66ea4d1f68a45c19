import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { parse } from "yaml";
import { CertificateStore } from "../src/certificates/certificate-store.ts";
import { ensureClusterCertificates } from "../src/certificates/cluster-certificates.ts";
import { readClusterFile, writeClusterFile } from "../src/cluster/cluster-file.ts";
import { layOut } from "../src/cluster/cluster-layout.ts";
import { renderKubeconfig } from "../src/kubeconfig.ts";

async function folderOf(t: { teardown(run: () => unknown): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-files-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("a cluster's shape gives every member its own ports and folders, the same ones each time", (t) => {
  const layout = layOut({ dataDirectory: "/data", members: 3, basePort: 7000 });
  t.deepEqual(
    layout.members.map(({ name, securePort, peerPort }) => [name, securePort, peerPort]),
    [
      ["m1", 7000, 7010],
      ["m2", 7001, 7011],
      ["m3", 7002, 7012],
    ],
  );
  t.is(
    layout.initialCluster,
    "m1=https://127.0.0.1:7010,m2=https://127.0.0.1:7011,m3=https://127.0.0.1:7012",
  );
  t.is(new Set(layout.members.map(({ dataDirectory }) => dataDirectory)).size, 3);
});

test("a cluster is found again with its own numbers, and others are refused by the flag's name", async (t) => {
  const path = join(await folderOf(t), "cluster.json");
  const made = await readClusterFile(path, { members: 1, basePort: 7000 });
  await writeClusterFile(path, made);
  t.deepEqual(await readClusterFile(path, {}), made);
  t.deepEqual(await readClusterFile(path, { members: 1, basePort: 7000 }), made);
  await t.throwsAsync(readClusterFile(path, { members: 3 }), {
    code: "CLUSTER_MISMATCH",
    message: /--members/,
  });
  await t.throwsAsync(readClusterFile(path, { basePort: 1 }), {
    code: "CLUSTER_MISMATCH",
    message: /--base-port/,
  });
  await writeFile(path, "{");
  await t.throwsAsync(readClusterFile(path, {}), { code: "CLUSTER_MISMATCH", message: /damaged/ });
  await writeFile(path, JSON.stringify({ ...made, formatVersion: 2 }));
  await t.throwsAsync(readClusterFile(path, {}), { message: /newer version/ });
});

test("certificates are made once, keys only for their owner, and made anew when they no longer fit", async (t) => {
  const folder = await folderOf(t);
  const options = {
    folder,
    members: [{ name: "m1", hosts: ["127.0.0.1"] }],
    serviceAddress: "10.0.0.1",
  };
  const first = await ensureClusterCertificates(options);
  const serving = first.members[0]!.serving;
  t.is((await stat(serving.keyFile)).mode & 0o777, 0o600);
  t.is((await stat(first.serviceAccountKeyFile)).mode & 0o777, 0o600);
  const certificate = new X509Certificate(await readFile(serving.certificateFile));
  for (const host of ["localhost", "kubernetes.default.svc"]) t.truthy(certificate.checkHost(host));
  for (const ip of ["127.0.0.1", "10.0.0.1"]) t.truthy(certificate.checkIP(ip));
  t.deepEqual(new X509Certificate(first.admin.certificate).subject.split("\n"), [
    "O=system:masters",
    "CN=quorate-admin",
  ]);

  const again = await ensureClusterCertificates(options);
  t.is(again.admin.certificate, first.admin.certificate);
  const moved = await ensureClusterCertificates({
    ...options,
    members: [{ name: "m1", hosts: ["127.0.0.1", "192.0.2.7"] }],
  });
  t.is(moved.authority, first.authority);
  const renewed = new X509Certificate(await readFile(moved.members[0]!.serving.certificateFile));
  t.truthy(renewed.checkIP("192.0.2.7"));
});

test("an authority is never replaced by itself: half of one, or another's key, stops the start", async (t) => {
  const folder = await folderOf(t);
  const store = new CertificateStore(folder);
  await store.authority("ca", "one");
  await store.authority("other", "two");
  await writeFile(store.paths("ca").keyFile, await readFile(store.paths("other").keyFile));
  await t.throwsAsync(store.authority("ca", "one"), {
    code: "CERTIFICATE_INVALID",
    message: /ca\.crt: its private key does not belong to it/,
  });
});

test("the kubeconfig has a context for every member, and begins with the first", (t) => {
  const config = parse(
    renderKubeconfig({
      authority: "CA",
      admin: { certificate: "CERT", key: "KEY" },
      members: [
        { name: "m1", endpoint: "https://127.0.0.1:1" },
        { name: "m2", endpoint: "https://127.0.0.1:2" },
      ],
    }),
  ) as Record<string, { name: string; cluster: { server: string } }[]>;
  t.is(config["current-context"] as unknown as string, "quorate");
  t.deepEqual(
    config["clusters"]!.map(({ name, cluster }) => [name, cluster.server]),
    [
      ["quorate", "https://127.0.0.1:1"],
      ["quorate-m1", "https://127.0.0.1:1"],
      ["quorate-m2", "https://127.0.0.1:2"],
    ],
  );
});
