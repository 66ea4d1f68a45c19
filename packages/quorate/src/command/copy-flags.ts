/** The flags of `quorate import` and `quorate export`, and how both run: one reads what the other writes. */
import { CodedError } from "@quorate/base";
import type { Command } from "commander";
import type { CopyReport } from "../copy/copy-key-space.ts";
import type { ExternalEtcd } from "../external-etcd.ts";
import { list, oneOf } from "./flag-values.ts";
import { untilAskedToStop } from "./stop-signals.ts";

/** What commander hands over. */
export interface CopyFlags {
  readonly etcdServers: string[];
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly endpoints: string[];
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly prefix: string;
  readonly replace: boolean;
  readonly output: string;
}

/** Which way keys go: into our store, or out of it. */
export type CopyDirection = "import" | "export";

/** Adds the flags; kube-apiserver's names are the etcd's, etcdctl's are our store's. */
export function addCopyFlags(command: Command, direction: CopyDirection): Command {
  const into = direction === "import" ? "the store" : "the etcd";
  return command
    .requiredOption("--etcd-servers <urls>", "the etcd, like https://10.0.0.1:2379", (text) => list(text, []))
    .option("--etcd-cafile <file>", "authority of its certificates")
    .option("--etcd-certfile <file>", "certificate to show to it")
    .option("--etcd-keyfile <file>", "its private key")
    .option("--endpoints <urls>", "the running store", (text) => list(text, []), ["http://127.0.0.1:2379"])
    .option("--cacert <file>", "authority of the store's certificates")
    .option("--cert <file>", "certificate to show to the store")
    .option("--key <file>", "its private key")
    .option("--prefix <text>", "only keys that begin with it, for example /registry/", "")
    .option("--replace", `delete what ${into} holds there first`, false)
    .option("-o, --output <form>", "json or text", oneOf("json", "text"), "text")
    .allowExcessArguments(false);
}

function checkPairs(flags: CopyFlags): void {
  const pairs = [
    ["--etcd-certfile", flags.etcdCertfile, "--etcd-keyfile", flags.etcdKeyfile],
    ["--cert", flags.cert, "--key", flags.key],
  ] as const;
  for (const [one, first, other, second] of pairs) {
    if ((first === undefined) === (second === undefined)) continue;
    throw new CodedError("BAD_FLAGS", `${one} and ${other} belong together: give both, or none`);
  }
}

function externalEtcd(
  servers: readonly string[],
  authorityFile?: string,
  certificateFile?: string,
  keyFile?: string,
): ExternalEtcd {
  return {
    servers,
    ...(authorityFile === undefined ? {} : { authorityFile }),
    ...(certificateFile === undefined ? {} : { certificateFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}

/** Runs the copy with progress on stderr and the report on stdout. */
export async function runCopy(flags: CopyFlags, direction: CopyDirection): Promise<void> {
  checkPairs(flags);
  const [{ openExternalEtcd, ETCD_FLAGS, ENDPOINT_FLAGS }, { copyKeySpace }, { CopyMeter }] =
    await Promise.all([
      import("../external-etcd.ts"),
      import("../copy/copy-key-space.ts"),
      import("../copy/copy-meter.ts"),
    ]);
  const theirs = externalEtcd(flags.etcdServers, flags.etcdCafile, flags.etcdCertfile, flags.etcdKeyfile);
  const ours = externalEtcd(flags.endpoints, flags.cacert, flags.cert, flags.key);
  const etcd = await openExternalEtcd(theirs, ETCD_FLAGS);
  const store = await openExternalEtcd(ours, ENDPOINT_FLAGS);
  const [source, target] = direction === "import" ? [etcd, store] : [store, etcd];
  const stopping = untilAskedToStop();
  const controller = new AbortController();
  const { signal } = controller;
  const interrupted = stopping.asked.then((): never => {
    controller.abort(new CodedError("INTERRUPTED", "broken off: the same command goes on where it was"));
    throw signal.reason;
  });
  const meter = new CopyMeter(process.stderr);
  try {
    const { prefix, replace } = flags;
    const copying = copyKeySpace({ source, target, prefix, replace, signal, progress: meter.show });
    // A store that does not answer must not hold up who wants to stop.
    const report = await Promise.race([copying, interrupted]);
    meter.end();
    process.stdout.write(
      flags.output === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : text(report),
    );
  } finally {
    meter.end();
    stopping.close();
    await Promise.all([etcd.close(), store.close()]);
  }
}

function text(report: CopyReport): string {
  const { copied, sourceRevision, targetRevision, expiredKeys, leases } = report;
  const leased = leases > 0 ? `, ${copied.leasedKeys} keys with ${leases} leases` : "";
  const expired = expiredKeys > 0 ? `, ${expiredKeys} left out since their lease had ended` : "";
  const lines = [
    `Copied ${copied.keys} keys (${copied.bytes} bytes)${leased}${expired}.`,
    `Revision ${sourceRevision} of the source is revision ${targetRevision} of the target.`,
    `Both hold the same: SHA-256 ${copied.hash} over keys and values.`,
  ];
  if (targetRevision < sourceRevision) {
    lines.push(
      "Revisions begin anew in the target: restart API servers and whatever watches before they use it.",
    );
  }
  return `${lines.join("\n")}\n`;
}
