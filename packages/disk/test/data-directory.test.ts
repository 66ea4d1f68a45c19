import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { DataDirectory } from "../src/data-directory.ts";
import { verifyDirectory } from "../src/verify-directory.ts";

const IDENTITY = { clusterId: 0xabcn, memberId: 0xf000_0000_0000_0001n, name: "m1" };
const bytes = (text: string) => Buffer.from(text);

async function temporary(t: { teardown(run: () => unknown): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "quorate-disk-"));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("a directory keeps its identity, log and state over a restart", async (t) => {
  const path = await temporary(t);
  const directory = await DataDirectory.open({ path });
  t.is(directory.identity, undefined);
  await directory.writeIdentity(IDENTITY);
  const { log } = await directory.openLog();
  await log.append({ entries: [{ index: 1, term: 1, type: "normal", data: bytes("x") }] });
  const state = await directory.openState();
  await state.store.write([{ type: "put", key: bytes("k"), value: bytes("v") }]);
  await Promise.all([log.close(), state.close()]);
  await directory.close();

  const again = await DataDirectory.open({ path });
  const { directoryId } = directory.identity!;
  t.not(directoryId, 0n);
  t.deepEqual(again.identity, { ...IDENTITY, formatVersion: 1, directoryId });
  const { log: log2, recovered } = await again.openLog();
  t.is(recovered.entries.length, 1);
  const state2 = await again.openState();
  t.deepEqual(state2.store.getSync(bytes("k")), bytes("v"));
  await Promise.all([log2.close(), state2.close()]);
  await again.close();

  const report = await verifyDirectory(path);
  t.deepEqual(report.problems, []);
  t.is(report.log.lastIndex, 1);
  t.is(report.state.entries, 1);
});

test("a second process is refused by name, and a killed one leaves no lock", async (t) => {
  const path = await temporary(t);
  const source = `
    const { DataDirectory } = await import(${JSON.stringify(new URL("../src/data-directory.ts", import.meta.url).href)});
    globalThis.held = await DataDirectory.open({ path: ${JSON.stringify(path)} });
    console.log("open");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const refused = await t.throwsAsync(DataDirectory.open({ path }), { code: "DIRECTORY_LOCKED" });
  t.true(refused.message.includes(path));
  t.true(refused.message.includes(`process ${child.pid}`));
  child.kill("SIGKILL");
  await once(child, "exit");
  const directory = await DataDirectory.open({ path });
  await directory.close();
});

test("a staged state counts only once it is committed", async (t) => {
  const path = await temporary(t);
  const directory = await DataDirectory.open({ path });
  await directory.writeIdentity(IDENTITY);
  const state = await directory.openState();
  await state.store.write([{ type: "put", key: bytes("old"), value: bytes("1") }]);
  const abandoned = await state.stage();
  await abandoned.store.write([{ type: "put", key: bytes("half"), value: bytes("1") }]);
  await abandoned.store.close();
  await state.close();

  const reopened = await directory.openState();
  t.deepEqual(reopened.store.getSync(bytes("old")), bytes("1"));
  t.is(reopened.installedAt, undefined);
  const staged = await reopened.stage();
  await staged.store.write([{ type: "put", key: bytes("new"), value: bytes("2") }]);
  await staged.commit({ index: 9, term: 3 });
  t.is(reopened.store.getSync(bytes("old")), undefined);
  t.deepEqual(reopened.store.getSync(bytes("new")), bytes("2"));
  await reopened.close();

  const last = await directory.openState();
  t.deepEqual(last.store.getSync(bytes("new")), bytes("2"));
  t.deepEqual(last.installedAt, { index: 9, term: 3 });
  t.is((await readdir(join(path, "state"))).length, 2);
  await last.close();
  await directory.close();
});

test("a damaged member.json and a newer format are told apart", async (t) => {
  const path = await temporary(t);
  await writeFile(join(path, "member.json"), "{");
  await t.throwsAsync(DataDirectory.open({ path }), {
    code: "STATE_DAMAGED",
    message: /member\.json is damaged/,
  });
  const newer = { formatVersion: 99, clusterId: "1", memberId: "2", name: "x" };
  await writeFile(join(path, "member.json"), JSON.stringify(newer));
  await t.throwsAsync(DataDirectory.open({ path }), { code: "DIRECTORY_MISMATCH", message: /has format 99/ });
});

test("a path that can't be a directory is refused with its name", async (t) => {
  const path = join(await temporary(t), "file");
  await writeFile(path, "");
  const error = await t.throwsAsync(DataDirectory.open({ path }));
  t.true(error.message.includes(path));
});
