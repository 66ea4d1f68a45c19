/** What `quorate serve` makes of the flags of an external etcd, and which combinations it refuses. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { Command } from "commander";
import { completeFlags } from "../src/command/complete-flags.ts";
import { addServeFlags, type ServeFlags } from "../src/command/serve-flags.ts";
import { ETCD_FLAGS, openExternalEtcd } from "../src/external-etcd.ts";

async function complete(t: ExecutionContext, ...args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), "quorate-flags-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const command = addServeFlags(new Command()).exitOverride();
  command.parse([`--data-dir=${folder}`, "--bind-address=127.0.0.1", ...args], { from: "user" });
  return completeFlags(command.opts<ServeFlags>());
}

test("an external etcd takes the place of the member's own store", async (t) => {
  const servers = "--etcd-servers=https://10.0.0.1:2379,https://10.0.0.2:2379";
  const files = ["--etcd-cafile=/a", "--etcd-certfile=/b", "--etcd-keyfile=/c"];
  const options = await complete(
    t,
    servers,
    ...files,
    "--etcd-prefix=/mine",
    "--etcd-compaction-interval=1m",
  );
  t.deepEqual(options.externalStore, {
    servers: ["https://10.0.0.1:2379", "https://10.0.0.2:2379"],
    authorityFile: "/a",
    certificateFile: "/b",
    keyFile: "/c",
  });
  t.deepEqual([options.keyPrefix, options.compactionIntervalMs], ["/mine", 60_000]);
  t.is(options.peers.tls, undefined);
});

test("without one the store is the member's own", async (t) => {
  const options = await complete(t);
  t.is(options.externalStore, undefined);
  t.is(options.keyPrefix, "/registry");
});

const refused: readonly (readonly [why: RegExp, ...args: string[]])[] = [
  [/--etcd-certfile needs --etcd-keyfile/, "--etcd-servers=http://a:1", "--etcd-certfile=/b"],
  [/--etcd-keyfile needs --etcd-certfile/, "--etcd-servers=http://a:1", "--etcd-keyfile=/b"],
  [
    /--initial-cluster is for a member's own store/,
    "--etcd-servers=http://a:1",
    "--initial-cluster=a=http://b:1",
  ],
  [/--etcd-cafile needs --etcd-servers/, "--etcd-cafile=/a"],
  [/--etcd-prefix "registry" must begin with a slash/, "--etcd-prefix=registry"],
  [/--etcd-prefix "\/registry\/" must begin/, "--etcd-prefix=/registry/"],
];

for (const [why, ...args] of refused) {
  test(`${args.join(" ")} is refused`, async (t) => {
    await t.throwsAsync(complete(t, ...args), { code: "BAD_FLAGS", message: why });
  });
}

test("addresses and files that can't be used are named with their flag before anything connects", async (t) => {
  const open = (servers: string[], authorityFile?: string) =>
    openExternalEtcd({ servers, ...(authorityFile ? { authorityFile } : {}) }, ETCD_FLAGS);
  await t.throwsAsync(open(["ftp://a:1"]), { code: "BAD_ENDPOINT", message: /^--etcd-servers: ftp:/ });
  await t.throwsAsync(open(["https://a:1"], "/none"), { message: /^--etcd-cafile \/none can't be read/ });
});
