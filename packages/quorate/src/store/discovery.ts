/**
 * v3 discovery: the first members of a cluster find each other in an etcd that runs already. Each writes its
 * name and peer URLs there and waits until as many have done so as the operator has said.
 *
 *   /_etcd/registry/TOKEN/_config/size    how many members begin the cluster, written by the operator
 *   /_etcd/registry/TOKEN/members/ID      name=url,name=url of one; the first `size` of them are the cluster
 *
 * etcd server/etcdserver/api/v3discovery. Used once: a member that has data is in its cluster already.
 */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { CodedError, hasCode, messageOf, prefixEnd } from "@quorate/base";
import { type EtcdTls, openEtcdKv } from "@quorate/etcd-api";
import type { KeyValue, Kv } from "@quorate/mvcc";
import { memberIdOf } from "@quorate/replica";
import type { DiscoveryFlags } from "./store-config.ts";

/** Where the cluster is announced, and how that etcd is spoken to. */
export interface DiscoveryConfig {
  readonly token: string;
  readonly endpoints: readonly string[];
  readonly tls: EtcdTls | undefined;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** Who announces itself. */
export interface DiscoveredMember {
  readonly name: string;
  readonly peerUrls: readonly string[];
}

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;

function refused(message: string): CodedError<"DISCOVERY_FAILED"> {
  return new CodedError("DISCOVERY_FAILED", message);
}

/**
 * The value of --initial-cluster, once all members are known. Waits for them, and for the service, as long
 * as it takes. Rejects with DISCOVERY_FAILED where the cluster is full or its size is not told.
 */
export async function discoverCluster(
  config: DiscoveryConfig,
  own: DiscoveredMember,
  note: (line: string) => void,
): Promise<string> {
  const { endpoints, tls, connectTimeoutMs, requestTimeoutMs } = config;
  const kv = openEtcdKv({ endpoints, ...(tls ? { tls } : undefined), connectTimeoutMs, requestTimeoutMs });
  try {
    return await new Discovery(kv, config.token, own, note).join();
  } finally {
    await kv.close();
  }
}

/** Reads the files. Throws BAD_FLAGS naming the flag. */
export async function readDiscovery(flags: DiscoveryFlags): Promise<DiscoveryConfig> {
  const { token, endpoints, caFile, certFile, keyFile, isPlain, takesAny } = flags;
  const { connectTimeoutMs, requestTimeoutMs } = flags;
  const read = (path: string, flag: string): Promise<Buffer> =>
    readFile(path).catch((error: unknown) => {
      throw new CodedError("BAD_FLAGS", `${flag} ${path} can't be read: ${messageOf(error)}`);
    });
  const tls = {
    ...(caFile && { ca: await read(caFile, "--discovery-cacert") }),
    ...(certFile && { cert: await read(certFile, "--discovery-cert") }),
    ...(keyFile && { key: await read(keyFile, "--discovery-key") }),
    takesAny,
  };
  const isSecure = !isPlain || caFile || certFile || keyFile;
  return { token, endpoints, tls: isSecure ? tls : undefined, connectTimeoutMs, requestTimeoutMs };
}

/** One member's way into a cluster. */
class Discovery {
  readonly #kv: Kv;
  readonly #prefix: string;
  readonly #token: string;
  readonly #own: DiscoveredMember;
  readonly #note: (line: string) => void;

  constructor(kv: Kv, token: string, own: DiscoveredMember, note: (line: string) => void) {
    this.#kv = kv;
    this.#token = token;
    this.#prefix = `/_etcd/registry/${token}`;
    this.#own = own;
    this.#note = note;
  }

  async join(): Promise<string> {
    const key = Buffer.from(`${this.#prefix}/members/${this.#id}`);
    const size = await this.#retried(() => this.#size());
    const found = await this.#retried(() => this.#members());
    if (!isAmong(found.members, key) && found.members.length >= size)
      throw refused("discovery: cluster is full");
    const value = this.#own.peerUrls.map((url) => `${this.#own.name}=${url}`).join(",");
    await this.#retried(() => this.#kv.put({ key, value: Buffer.from(value) }));
    this.#note("registered in the discovery service");
    for (;;) {
      const { members, revision } = await this.#retried(() => this.#members());
      const first = members.slice(0, size);
      if (members.length >= size && !isAmong(first, key)) throw refused("discovery: cluster is full");
      if (first.length === size) return first.map((member) => Buffer.from(member.value).toString()).join(",");
      this.#note(`${first.length} of ${size} members are registered in the discovery service`);
      await this.#changed(revision + 1);
    }
  }

  get #id(): string {
    return memberIdOf(this.#own.peerUrls, this.#token).toString(16);
  }

  async #size(): Promise<number> {
    const key = Buffer.from(`${this.#prefix}/_config/size`);
    const { kvs } = await this.#kv.range({ key });
    if (kvs.length === 0)
      throw refused(`discovery: size key not found: write ${key} to the discovery service`);
    const text = Buffer.from(kvs[0]!.value).toString();
    const size = Number(text);
    if (Number.isSafeInteger(size) && size > 0) return size;
    throw refused(`discovery: size ${JSON.stringify(text)} is no number of members`);
  }

  /** In the order in which they came. */
  async #members(): Promise<{ readonly members: readonly KeyValue[]; readonly revision: number }> {
    const key = Buffer.from(`${this.#prefix}/members/`);
    const { kvs, header } = await this.#kv.range({ key, rangeEnd: prefixEnd(key) });
    return {
      members: [...kvs].sort((a, b) => a.createRevision - b.createRevision),
      revision: header.revision,
    };
  }

  /** Resolves at a change of the members, or where it can't be told whether there was one. */
  async #changed(startRevision: number): Promise<void> {
    const key = Buffer.from(`${this.#prefix}/members/`);
    const error = await new Promise<Error | undefined>((resolve) => {
      const watch = this.#kv.watch(
        { key, rangeEnd: prefixEnd(key), startRevision },
        {
          batch: ({ changes }) => {
            if (changes.length === 0) return;
            watch.cancel();
            resolve(undefined);
          },
          closed: (why) => resolve(why),
        },
      );
    });
    if (error) await delay(RETRY_MS);
  }

  /** Again and again while the service does not answer, after ever longer pauses. */
  async #retried<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let pauseMs = RETRY_MS; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS_MAX)) {
      try {
        return await ask();
      } catch (error) {
        if (hasCode(error, "DISCOVERY_FAILED")) throw error;
        this.#note(
          `the discovery service does not answer, again in ${pauseMs / 1000} s: ${messageOf(error)}`,
        );
        await delay(pauseMs);
      }
    }
  }
}

function isAmong(members: readonly KeyValue[], key: Buffer): boolean {
  return members.some((member) => key.equals(member.key));
}
