/** What the members know of each other beside raft's configuration, and how a static cluster gets its ids. */
import { createHash } from "node:crypto";
import { CodedError } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** A member by name and address. */
export interface MemberAttributes {
  readonly id: MemberId;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  /** Of the data directory that it was first started with; absent or 0n until then. */
  readonly directoryId?: bigint;
}

function writeTexts(w: ByteWriter, texts: readonly string[]): void {
  w.uint32(texts.length);
  for (const text of texts) w.text(text);
}

function readTexts(r: ByteReader): readonly string[] {
  const texts: string[] = [];
  for (let left = r.count(4); left > 0; left--) texts.push(r.text());
  return texts;
}

/** Writes a member's attributes. */
export function writeAttributes(w: ByteWriter, member: MemberAttributes): void {
  w.id(member.id);
  w.text(member.name);
  writeTexts(w, member.peerUrls);
  writeTexts(w, member.clientUrls);
  w.id(member.directoryId ?? 0n);
}

/** Reads a member's attributes; throws MALFORMED_FRAME on anything else. */
export function readAttributes(r: ByteReader): MemberAttributes {
  const [id, name, peerUrls, clientUrls] = [r.id(), r.text(), readTexts(r), readTexts(r)];
  const directoryId = r.id();
  return { id, name, peerUrls, clientUrls, ...(directoryId === 0n ? undefined : { directoryId }) };
}

/** One member of `--initial-cluster`. */
export interface InitialMember {
  readonly name: string;
  readonly peerUrls: readonly string[];
}

/**
 * `m1=https://host:2380,m2=https://host:2380` as a list; a name that comes several times has several URLs.
 * Throws INVALID_INITIAL_CLUSTER naming the part that is wrong.
 */
export function parseInitialCluster(text: string): readonly InitialMember[] {
  const members = new Map<string, string[]>();
  for (const part of text.split(",")) {
    const [name, url] = [part.slice(0, part.indexOf("=")).trim(), part.slice(part.indexOf("=") + 1).trim()];
    if (!part.includes("=") || name === "" || !URL.canParse(url)) {
      const message = `--initial-cluster must be a list of name=https://host:port, not ${JSON.stringify(part)}`;
      throw new CodedError("INVALID_INITIAL_CLUSTER", message);
    }
    members.set(name, [...(members.get(name) ?? []), url]);
  }
  return [...members].map(([name, peerUrls]) => ({ name, peerUrls }));
}

/**
 * A member's id as etcd makes it: of its peer URLs and the cluster's token, and of the time where it joins
 * later.
 */
export function memberIdOf(peerUrls: readonly string[], token: string, joinedAtSeconds?: number): MemberId {
  const hash = createHash("sha1")
    .update([...peerUrls].sort().join(""))
    .update(token);
  if (joinedAtSeconds !== undefined) hash.update(String(joinedAtSeconds));
  return hash.digest().readBigUInt64BE(0);
}

/** A cluster's id as etcd makes it: of the ids of its first members. */
export function clusterIdOf(members: readonly MemberId[]): bigint {
  const hash = createHash("sha1");
  for (const id of [...members].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(id);
    hash.update(bytes);
  }
  return hash.digest().readBigUInt64BE(0);
}
