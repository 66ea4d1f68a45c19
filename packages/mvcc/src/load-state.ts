/** Rebuilds what a store keeps in memory from its records, in one pass over the revisions in their order. */
import type { AuthStore } from "./auth-store.ts";
import { textOf } from "./byte-text.ts";
import type { KeyIndex } from "./key-index.ts";
import { kvError } from "./kv-error.ts";
import type { LeaseBook } from "./lease-book.ts";
import type { OrderedStore } from "./ordered-store.ts";
import {
  AUTH_RECORDS,
  asBuffer,
  decodeHeader,
  LEASE_RECORDS,
  META_RECORDS,
  REVISION_KEY_BYTES,
  REVISION_RECORDS,
  readUint64,
} from "./record.ts";
import type { RevisionLog } from "./revision-log.ts";

/** The numbers that a store goes on from. */
export interface LoadedState {
  readonly revision: number;
  readonly compactRevision: number;
  readonly compactionUnfinished: boolean;
  readonly appliedIndex: number;
  readonly appliedTerm: number;
  readonly valueBytes: number;
  readonly alarms: readonly string[];
}

/** What is filled from the records. */
export interface StateParts {
  readonly index: KeyIndex;
  readonly leases: LeaseBook;
  readonly meta: Map<string, Uint8Array>;
  readonly auth: AuthStore;
  readonly history: RevisionLog;
}

/** Fills the parts. Rejects with CORRUPT where a record can't be read. */
export async function loadState(disk: OrderedStore, parts: StateParts): Promise<LoadedState> {
  const { index, leases } = parts;
  const own = await loadMeta(disk, parts.meta);
  const number = (name: string) => {
    const bytes = own.get(name);
    return bytes ? readUint64(bytes, 0) : 0;
  };
  for await (const page of disk.pages(AUTH_RECORDS)) {
    for (const [key, value] of page)
      parts.auth.load(asBuffer(key).toString("utf8", 1), asBuffer(value).toString());
  }
  for await (const page of disk.pages(LEASE_RECORDS)) {
    for (const [key, value] of page) {
      const bytes = asBuffer(value);
      const remaining = bytes.length >= 16 ? readUint64(bytes, 8) : 0;
      leases.grant(asBuffer(key).readBigUInt64BE(1), readUint64(bytes, 0), remaining);
    }
  }
  const compactRevision = number("compaction");
  let valueBytes = 0;
  let lastRevision = 1;
  for await (const page of disk.pages(REVISION_RECORDS, undefined, { transient: true })) {
    for (const [key, value] of page) {
      lastRevision = loadRecord(asBuffer(key), value, parts, compactRevision);
      valueBytes += value.length;
    }
  }
  // After all records, since only the newest version of a key counts for its lease.
  if (leases.size > 0) {
    index.visit({ start: "", end: undefined, single: false }, (key, history) => {
      if (history.lease !== 0n) leases.find(history.lease)?.keys.add(key);
      return true;
    });
  }
  const applied = own.get("applied");
  return {
    revision: Math.max(lastRevision, number("revision")),
    compactRevision,
    compactionUnfinished: compactRevision > number("compaction-done"),
    appliedIndex: applied ? readUint64(applied, 0) : 0,
    appliedTerm: applied ? readUint64(applied, 8) : 0,
    valueBytes,
    alarms: [...own.keys()]
      .filter((name) => name.startsWith("alarm/"))
      .map((name) => name.slice("alarm/".length)),
  };
}

async function loadMeta(disk: OrderedStore, meta: Map<string, Uint8Array>): Promise<Map<string, Buffer>> {
  const own = new Map<string, Buffer>();
  for await (const page of disk.pages(META_RECORDS)) {
    for (const [key, value] of page) {
      const name = asBuffer(key).toString("utf8", 1);
      if (name.startsWith("x/")) meta.set(name.slice(2), value);
      else own.set(name, asBuffer(value));
    }
  }
  return own;
}

function loadRecord(key: Buffer, value: Uint8Array, parts: StateParts, compactRevision: number): number {
  if (key.length !== REVISION_KEY_BYTES) {
    throw kvError("CORRUPT", {
      message: `the state holds a revision key of ${key.length} bytes instead of ${REVISION_KEY_BYTES}`,
    });
  }
  const main = readUint64(key, 1);
  const sub = key.readUInt32BE(9);
  const header = decodeHeader(value);
  if (header.valueBytes < 0) {
    throw kvError("CORRUPT", { message: `the record of revision ${main}.${sub} is cut short` });
  }
  const history = parts.index.ensure(textOf(header.key));
  if (header.tombstone) parts.index.delete(history, main, sub);
  else parts.index.put(history, main, sub, header);
  if (main >= compactRevision) parts.history.append(main, sub, header.tombstone, history);
  return main;
}
