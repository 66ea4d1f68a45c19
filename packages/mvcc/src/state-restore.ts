/**
 * What becomes of a state's records when another cluster begins with them. Keys, leases and users are kept;
 * where the log stood and which alarms stood are not. Safety: the revision is moved past anything that a
 * client of the old cluster may have seen and the history before it counts as compacted, so that clients list
 * anew and never see a revision go back.
 */
import { kvError } from "./kv-error.ts";
import type { StoreWrite } from "./ordered-store.ts";
import { asBuffer, decodeHeader, metaKey, numberBytes, REVISION_KEY_BYTES, readUint64 } from "./record.ts";

/** How far a restored revision is moved, as etcd's documentation advises for Kubernetes. */
export const RESTORE_REVISION_BUMP = 1_000_000_000;

const [REVISION, LEASE, AUTH, META] = ["r", "l", "a", "m"].map((tag) => tag.charCodeAt(0));

/** Looks at each record once, in key order. */
export class StateRestore {
  #revision = 1;
  #records = 0;
  #appliedIndex = 0;
  #appliedTerm = 0;

  /** The newest revision that was seen. */
  get revision(): number {
    return this.#revision;
  }

  /** Records of revisions. */
  get records(): number {
    return this.#records;
  }

  /** Where the log stood. */
  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  get appliedTerm(): number {
    return this.#appliedTerm;
  }

  /** Whether the record is part of the new state. Throws CORRUPT for one that can't be. */
  keeps(key: Uint8Array, value: Uint8Array): boolean {
    switch (key[0]) {
      case REVISION:
        this.#note(asBuffer(key), value);
        return true;
      case LEASE:
      case AUTH:
        return true;
      case META:
        return this.#keepsMeta(asBuffer(key).toString("utf8", 1), asBuffer(value));
      default:
        return false;
    }
  }

  /** The records of where the new cluster's log begins; to be written with those that are kept. */
  marks(start: { readonly index: number; readonly term: number }, bump: number): readonly StoreWrite[] {
    const revision = this.#revision + bump;
    const put = (name: string, value: Uint8Array): StoreWrite => ({ type: "put", key: metaKey(name), value });
    return [
      put("applied", Buffer.concat([numberBytes(start.index), numberBytes(start.term)])),
      put("revision", numberBytes(revision)),
      // The physical half is done by the first start: its mark is missing.
      put("compaction", numberBytes(revision)),
    ];
  }

  #note(key: Buffer, value: Uint8Array): void {
    const isWhole =
      key.length === REVISION_KEY_BYTES && value.length >= 29 && decodeHeader(value).valueBytes >= 0;
    if (!isWhole) throw kvError("CORRUPT", { message: "the state holds a record that is cut short" });
    this.#records++;
    this.#revision = Math.max(this.#revision, readUint64(key, 1));
  }

  #keepsMeta(name: string, value: Buffer): boolean {
    if (name === "revision") this.#revision = Math.max(this.#revision, readUint64(value, 0));
    else if (name === "applied") {
      this.#appliedIndex = readUint64(value, 0);
      this.#appliedTerm = readUint64(value, 8);
    }
    return name.startsWith("x/");
  }
}
