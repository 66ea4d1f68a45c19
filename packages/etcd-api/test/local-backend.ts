/** The surface on one member that keeps its state in memory. */
import { Readable } from "node:stream";
import { CodedError, SystemClock } from "@quorate/base";
import { LocalKv, MemoryOrderedStore, type OrderedStore } from "@quorate/mvcc";
import type { EtcdBackend } from "../src/index.ts";

/** A member alone; it can't be joined. */
export async function localBackend(): Promise<EtcdBackend & { readonly kv: LocalKv; disk: OrderedStore }> {
  const disk = new MemoryOrderedStore();
  const kv = await LocalKv.open({ clock: new SystemClock(), store: disk });
  const alone = () => Promise.reject(new CodedError("UNHEALTHY", "the member is alone"));
  return {
    kv,
    disk,
    membership: {
      list: async () => (await kv.status()).members,
      add: alone,
      remove: async () => {
        throw new CodedError("MEMBER_NOT_FOUND", "no such member");
      },
      update: alone,
      promote: alone,
      moveLeader: async () => {
        throw new CodedError("BAD_LEADER_TRANSFEREE", "the member is alone");
      },
    },
    store: () => kv.store,
    propose: (command) => kv.propose(command),
    hasLeader: () => true,
    isLeader: () => true,
    isLearner: () => false,
    snapshot: async () => {
      const records: Buffer[] = [];
      for await (const page of disk.pages({}))
        for (const [key, value] of page) records.push(Buffer.concat([key, value]));
      return { bytes: Buffer.concat(records).length, chunks: Readable.from(records) };
    },
    dbSize: async () => ({ bytes: await disk.sizeBytes(), quotaBytes: 2 * 2 ** 30 }),
  };
}
