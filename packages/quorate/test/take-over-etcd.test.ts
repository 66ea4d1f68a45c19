import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { DataDirectory } from "@quorate/disk";
import test, { type ExecutionContext } from "ava";
import { takeOverEtcd } from "../src/backup/take-over-etcd.ts";
import { freePorts, started } from "./member-fixture.ts";

const bytes = (text: string) => Buffer.from(text);

/** A directory of etcd 3.6.16 after a clean stop, and its log after one more write and a kill. */
interface Recorded {
  readonly db: string;
  readonly log: Readonly<Record<string, string>>;
  readonly logAhead: Readonly<Record<string, string>>;
}

async function recorded(): Promise<Recorded> {
  const file = new URL("fixtures/etcd-3.6.16-directory.json.gz", import.meta.url);
  return JSON.parse(gunzipSync(await readFile(file)).toString()) as Recorded;
}

async function directoryOf(
  t: ExecutionContext,
  { db, log }: Pick<Recorded, "db" | "log">,
  change: (log: Buffer) => Buffer = (file) => file,
): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "take-over-"));
  t.teardown(() => rm(path, { recursive: true }));
  await mkdir(join(path, "member", "snap"), { recursive: true });
  await mkdir(join(path, "member", "wal"));
  await writeFile(join(path, "member", "snap", "db"), Buffer.from(db, "base64"));
  for (const [name, content] of Object.entries(log)) {
    await writeFile(join(path, "member", "wal", name), change(Buffer.from(content, "base64")));
  }
  return path;
}

test("a member started on etcd's directory goes on with its keys, revisions, users and ids", async (t) => {
  const dataDir = await directoryOf(t, await recorded());
  const [port] = await freePorts(1);
  const settings = { dataDir, name: "m1", initialCluster: `m1=http://127.0.0.1:${port}` };
  const member = await started(t, settings);
  t.is(member.clusterId, 15118495548433857066n);
  t.is(member.id, 13668033151171901709n);
  const { kvs, header } = await member.kv.range({ key: bytes("k"), rangeEnd: bytes("l") });
  t.deepEqual(
    kvs.map(({ key, value, version }) => `${key}=${value}@${version}`),
    ["k1=again@2", ...[2, 3, 4, 5, 6, 7, 8].map((i) => `k${i}=v${i}@1`), "k9=leased@2"],
  );
  t.is(header.revision, 15);
  t.is((await member.kv.range({ key: bytes("k9"), revision: 12 })).kvs.length, 1);
  await t.throwsAsync(member.kv.range({ key: bytes("k9"), revision: 7 }), { code: "COMPACTED" });
  t.is((await member.kv.leases()).length, 1);
  t.is((await member.kv.put({ key: bytes("new"), value: bytes("1") })).header.revision, 16);
  await member.stop();
  const again = await started(t, settings);
  t.is((await again.kv.range({ key: bytes("new") })).count, 1, "what etcd has left counts only once");
});

test("a directory whose log is ahead of its database is left as it is", async (t) => {
  const { db, logAhead } = await recorded();
  const path = await directoryOf(t, { db, log: logAhead });
  const directory = await DataDirectory.open({ path });
  const lines: string[] = [];
  await t.throwsAsync(
    takeOverEtcd(directory, "m1", (line) => lines.push(line)),
    { code: "CANNOT_TAKE_OVER", message: /start and stop that etcd once more/ },
  );
  t.is(directory.identity, undefined);
  t.deepEqual(lines, []);
  await directory.close();
  // A whole one is taken in spite of what the try has left.
  const { log } = await recorded();
  for (const name of await readdir(join(path, "member", "wal"))) await rm(join(path, "member", "wal", name));
  for (const [name, content] of Object.entries(log)) {
    await writeFile(join(path, "member", "wal", name), Buffer.from(content, "base64"));
  }
  const next = await DataDirectory.open({ path });
  await takeOverEtcd(next, "m1", (line) => lines.push(line));
  t.is(next.identity!.memberId, 13668033151171901709n);
  t.regex(lines.join("\n"), /goes on from index 27 at revision 15/);
  await next.close();
});

test("a damaged log of etcd is refused by name; one that a crash has cut is read up to there", async (t) => {
  const files = await recorded();
  const takenOver = async (change: (log: Buffer) => Buffer) => {
    const directory = await DataDirectory.open({ path: await directoryOf(t, files, change) });
    try {
      await takeOverEtcd(directory, "m1", () => {});
      return directory.identity!.memberId;
    } finally {
      await directory.close();
    }
  };
  const flipped = (log: Buffer): Buffer => {
    log[300]! ^= 1;
    return log;
  };
  await t.throwsAsync(takenOver(flipped), { code: "ETCD_LOG_DAMAGED", message: /\.wal is damaged/ });
  await t.throwsAsync(
    takenOver((log) => log.subarray(0, 0)),
    { code: "ETCD_LOG_DAMAGED", message: /holds no log of etcd/ },
  );
  t.is(await takenOver((log) => log.subarray(0, -16)), 13668033151171901709n);
});
