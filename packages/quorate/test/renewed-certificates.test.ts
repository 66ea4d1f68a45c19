import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import test from "ava";
import { issueAuthority, issueCertificate } from "../src/certificates/authority.ts";
import { RenewedFiles } from "../src/renewed-files.ts";
import { freePorts, temporaryFolder } from "./member-fixture.ts";
import { startStore } from "./store-process.ts";

test("files are read again when one of them is another, and what can't be used is said once", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "cert");
  await writeFile(path, "one");
  const lines: string[] = [];
  let read = async (): Promise<string> => "one";
  const files = new RenewedFiles(
    [path, undefined],
    () => read(),
    (line) => lines.push(line),
  );
  t.deepEqual(await Promise.all([files.take(), files.take()]), ["one", "one"]);
  t.is(await files.take(), undefined);
  read = () => Promise.reject(new Error("half written"));
  await writeFile(path, "tw");
  t.deepEqual([await files.take(), await files.take()], [undefined, undefined]);
  read = async () => "two";
  t.is(await files.take(), "two");
  t.is(await files.take(), undefined);
  t.deepEqual(
    lines.map((line) => line.split(":")[0]),
    ["renewed certificates can't be used", "renewed certificates are in use"],
  );
});

test("a store shows clients and members a renewed certificate at the next handshake", async (t) => {
  const folder = await temporaryFolder(t);
  const authority = await issueAuthority("test");
  const file = (name: string) => join(folder, name);
  const issue = () =>
    issueCertificate(authority, {
      commonName: "m1",
      hosts: ["127.0.0.1"],
      usages: ["serverAuth", "clientAuth"],
    });
  /** Put there as renewal agents do it: written beside, then renamed. */
  const place = async (side: string, { certificate, key }: Awaited<ReturnType<typeof issue>>) => {
    for (const [name, text] of [
      [`${side}.key`, key],
      [`${side}.crt`, certificate],
    ] as const) {
      await writeFile(file(`${name}.new`), text);
      await rename(file(`${name}.new`), file(name));
    }
  };
  const first = await issue();
  await writeFile(file("ca.crt"), authority.certificate);
  for (const side of ["client", "peer"]) await place(side, first);
  const [clientPort, peerPort] = await freePorts(2);
  const [clientUrl, peerUrl] = [`https://127.0.0.1:${clientPort}`, `https://127.0.0.1:${peerPort}`];
  const store = startStore(t, [
    ...["--name", "m1", "--data-dir", file("data"), "--initial-cluster", `m1=${peerUrl}`],
    ...["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
    ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
    ...["--cert-file", file("client.crt"), "--key-file", file("client.key")],
    ...["--peer-cert-file", file("peer.crt"), "--peer-key-file", file("peer.key")],
    ...["--peer-trusted-ca-file", file("ca.crt")],
  ]);
  await store.readyUrl();
  const shown = (port: number) =>
    new Promise<string>((resolve, reject) => {
      const { certificate: cert, key } = first;
      const socket = connect({ port, host: "127.0.0.1", ca: authority.certificate, cert, key }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on("error", reject);
    });
  const before = await shown(clientPort!);
  t.is(await shown(peerPort!), before);
  const second = await issue();
  for (const side of ["client", "peer"]) await place(side, second);
  const after = await shown(clientPort!);
  t.not(after, before);
  t.is(await shown(peerPort!), after);
  await writeFile(file("client.crt"), "half written");
  t.is(await shown(clientPort!), after, "what can't be used changes nothing");
  t.regex((await store.line("renewed certificates can't be used")).msg, /client\.crt/);
});
