/**
 * Records a member's data directory of the present format as one JSON file of compressed files, for the test
 * that every released format opens: `node scripts/record-data-directory.ts
 * packages/quorate/test/fixtures/data-directory-X.Y.Z.json`. A recording is made once for a release and never
 * changed.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { type OpenReplica, openReplica } from "../packages/quorate/src/open-replica.ts";
import { ReplicaKv } from "../packages/replica/src/replica-kv.ts";

const PEER_URL = "http://127.0.0.1:22380";

const bytes = (text: string) => Buffer.from(text);

/** A little of everything that a directory can hold. */
async function fill({ replica }: OpenReplica): Promise<void> {
  const kv = new ReplicaKv(replica);
  for (let i = 0; i < 40; i++) await kv.put({ key: bytes(`key/${i % 10}`), value: bytes(`value ${i}`) });
  await kv.deleteRange({ key: bytes("key/9") });
  const { header } = await kv.txn({
    compare: [],
    success: ["a", "b"].map((name) => ({
      op: "put" as const,
      request: { key: bytes(`txn/${name}`), value: bytes("together") },
    })),
    failure: [],
  });
  await kv.compact({ revision: header.revision - 10, physical: true });
  await kv.leaseGrant({ id: 77n, ttlSeconds: 86_400 });
  await kv.put({ key: bytes("leased"), value: bytes("for a day"), lease: 77n });
  await replica.propose({ op: "auth", request: { type: "role-add", role: "reader" } });
  await replica.propose({ op: "meta-put", key: "note", value: bytes("of the driver") });
  const change = {
    op: "change-members",
    change: "add-learner",
    peerUrls: ["http://127.0.0.1:22381"],
  } as const;
  await replica.askLeader({ ...change, member: 0xbeefn });
  await replica.askLeader({ op: "change-members", change: "remove", member: 0xbeefn, peerUrls: [] });
  await kv.put({ key: bytes("last"), value: bytes("write") });
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function record(target: string): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), "quorate-record-"));
  const dataDir = join(parent, "m1");
  try {
    const settings = { dataDir, name: "m1", initialCluster: `m1=${PEER_URL}` };
    const open = await openReplica(settings, {
      note: () => {},
      failed: (error) => {
        throw error;
      },
    });
    await fill(open);
    await open.stop();
    const files: Record<string, string> = {};
    for (const path of [...(await filesOf(dataDir))].sort()) {
      files[relative(dataDir, path)] = gzipSync(await readFile(path), { level: 9 }).toString("base64");
    }
    await writeFile(target, `${JSON.stringify(files, undefined, 2)}\n`);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

const [target] = process.argv.slice(2);
if (target === undefined) {
  process.stderr.write("give the file to record to\n");
  process.exitCode = 2;
} else await record(target);
