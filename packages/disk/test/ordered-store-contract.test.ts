import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { orderedStoreContract } from "@quorate/mvcc/contract";
import test from "ava";
import { LevelStore } from "../src/level-store.ts";

const folders: string[] = [];
const folderOf = new WeakMap<object, string>();

async function open(folder: string): Promise<LevelStore> {
  const store = await LevelStore.open(folder);
  folderOf.set(store, folder);
  return store;
}

orderedStoreContract({
  test,
  factory: async () => {
    const folder = await mkdtemp(join(tmpdir(), "quorate-level-"));
    folders.push(folder);
    return open(join(folder, "db"));
  },
  reopen: (closed) => open(folderOf.get(closed)!),
});

test.after.always(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));
