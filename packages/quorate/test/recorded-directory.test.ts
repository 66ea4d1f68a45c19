import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import test, { type ExecutionContext } from "ava";
import { verifyMember } from "../src/verify-member.ts";
import { freePorts, started, temporaryFolder } from "./member-fixture.ts";

const FIXTURES = join(import.meta.dirname, "fixtures");
const bytes = (text: string) => Buffer.from(text);

/** Puts a recorded directory back; every file is as it was when its release wrote it. */
async function unpack(t: ExecutionContext, recording: string): Promise<string> {
  const folder = join(await temporaryFolder(t), "m1");
  const files = JSON.parse(await readFile(join(FIXTURES, recording), "utf8")) as Record<string, string>;
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), gunzipSync(Buffer.from(content, "base64")));
  }
  return folder;
}

async function recordings(): Promise<readonly string[]> {
  return (await readdir(FIXTURES)).filter((name) => /^data-directory-\d+\.\d+\.\d+\.json$/.test(name));
}

test("a directory of every released format is sound, opens, and holds what was written to it", async (t) => {
  const names = await recordings();
  t.true(names.length > 0);
  for (const name of names) {
    const dataDir = await unpack(t, name);
    const { problems, content } = await verifyMember(dataDir);
    t.deepEqual(problems, [], name);
    t.is(content?.keys, 14);
    t.is(content?.leases, 1);
    const [port] = await freePorts(1);
    const initialCluster = "m1=http://127.0.0.1:22380";
    const listenPeerUrls = [`http://127.0.0.1:${port}`];
    const { kv, membership } = await started(t, { dataDir, name: "m1", initialCluster, listenPeerUrls });
    const { kvs, header } = await kv.range({ key: bytes("\0"), rangeEnd: bytes("\0") });
    t.deepEqual(
      kvs.map(({ key, value }) => `${key}=${value}`),
      [
        ...[30, 31, 32, 33, 34, 35, 36, 37, 38].map((n, i) => `key/${i}=value ${n}`),
        ...["last=write", "leased=for a day", "txn/a=together", "txn/b=together"],
      ],
    );
    t.is(header.revision, content!.revision);
    t.is((await kv.leaseTimeToLive(77n, true)).grantedTtlSeconds, 86_400);
    t.is((await kv.put({ key: bytes("new"), value: bytes("1") })).header.revision, header.revision + 1);
    t.deepEqual(
      (await membership.list()).map((member) => member.name),
      ["m1"],
    );
  }
});

test("damage anywhere in the log or the state is found, naming the file and the offset", async (t) => {
  const [name] = await recordings();
  const damage = async (path: string, at: number): Promise<readonly string[]> => {
    const folder = await unpack(t, name!);
    const content = await readFile(join(folder, path));
    content[at]! ^= 4;
    await writeFile(join(folder, path), content);
    const { problems } = await verifyMember(folder);
    return problems;
  };
  const wal = "log/0000000000000001.wal";
  for (const at of [10, 30, 300, 3000]) {
    const [problem] = await damage(wal, at);
    t.regex(problem ?? "", /0000000000000001\.wal is damaged at offset \d+: .*move this data directory away/);
  }
  t.regex((await damage("state/1/000003.log", 500))[0] ?? "", /000003\.log has a hole at offset \d+/);
  t.regex((await damage("state/state.json", 0))[0] ?? "", /state\.json is damaged/);
  await t.throwsAsync(damage("member.json", 0), {
    code: "STATE_DAMAGED",
    message: /member\.json is damaged/,
  });
});

test("a log and a state that do not belong together are told apart", async (t) => {
  const [name] = await recordings();
  const folder = await unpack(t, name!);
  await rm(join(folder, "log"), { recursive: true });
  const { problems } = await verifyMember(folder);
  t.regex(problems.join(), /the log ends at entry 0 but the state has applied entry \d+/);
  await t.throwsAsync(verifyMember(join(folder, "state")), { code: "DIRECTORY_MISMATCH" });
});
