/**
 * The binary form of what members send each other. Reading checks every field: whatever a peer sends, the
 * worst that happens is MALFORMED_FRAME and a closed connection.
 */
import { CodedError } from "@quorate/base";
import type { ConfState, Entry, MemberId, Message, MessageType, SnapshotMeta } from "@quorate/raft";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { entryPool } from "./entry-pool.ts";
import type { PeerMessage, SnapshotHead } from "./peer-transport.ts";

/** Part of the wire format: the position is the number. */
const TYPES: readonly MessageType[] = [
  "app",
  "app-resp",
  "heartbeat",
  "heartbeat-resp",
  "vote",
  "vote-resp",
  "pre-vote",
  "pre-vote-resp",
  "snap",
  "prop",
  "read-index",
  "read-index-resp",
  "transfer-leader",
  "timeout-now",
  "storage-append-resp",
];
const KIND = { raft: 1, propose: 2, refused: 3, ask: 4, answer: 5 } as const;
const HAS = {
  index: 1,
  logTerm: 2,
  entries: 4,
  commit: 8,
  reject: 16,
  rejectHint: 32,
  snapshot: 64,
  context: 128,
  force: 256,
} as const;
const ENTRY_BYTES_MIN = 21;

function writeMembers(w: ByteWriter, members: readonly MemberId[]): void {
  w.uint32(members.length);
  for (const member of members) w.id(member);
}

function readMembers(r: ByteReader): readonly MemberId[] {
  const members: MemberId[] = [];
  for (let left = r.count(8); left > 0; left--) members.push(r.id());
  return members;
}

/** Also the form of the configuration in the applied state. */
export function writeConf(w: ByteWriter, conf: ConfState): void {
  writeMembers(w, conf.voters);
  writeMembers(w, conf.votersOutgoing);
  writeMembers(w, conf.learners);
  writeMembers(w, conf.learnersNext);
  w.flag(conf.autoLeave);
}

/** Reads a configuration; throws MALFORMED_FRAME on anything else. */
export function readConf(r: ByteReader): ConfState {
  return {
    voters: readMembers(r),
    votersOutgoing: readMembers(r),
    learners: readMembers(r),
    learnersNext: readMembers(r),
    autoLeave: r.flag(),
  };
}

function writeSnapshotMeta(w: ByteWriter, meta: SnapshotMeta): void {
  w.integer(meta.index);
  w.integer(meta.term);
  writeConf(w, meta.conf);
}

function readSnapshotMeta(r: ByteReader): SnapshotMeta {
  return { index: r.integer(), term: r.integer(), conf: readConf(r) };
}

function writeEntries(w: ByteWriter, entries: readonly Entry[]): void {
  w.uint32(entries.length);
  for (const entry of entries) {
    w.integer(entry.index);
    w.integer(entry.term);
    w.flag(entry.type === "conf");
    w.bytes(entry.data);
  }
}

/** Entries own their bytes: they stay in the log long after the frame is gone. */
function readEntries(r: ByteReader): readonly Entry[] {
  const entries: Entry[] = [];
  for (let left = r.count(ENTRY_BYTES_MIN); left > 0; left--) {
    const [index, term] = [r.integer(), r.integer()];
    const type = r.flag() ? "conf" : "normal";
    entries.push({ index, term, type, data: entryPool.copy(r.bytes()) });
  }
  return entries;
}

/** Writes a raft message. */
export function writeMessage(w: ByteWriter, m: Message): void {
  w.name(TYPES, m.type);
  w.id(m.from);
  w.id(m.to);
  w.integer(m.term);
  w.uint32(
    (m.index !== undefined ? HAS.index : 0) |
      (m.logTerm !== undefined ? HAS.logTerm : 0) |
      (m.entries !== undefined ? HAS.entries : 0) |
      (m.commit !== undefined ? HAS.commit : 0) |
      (m.reject ? HAS.reject : 0) |
      (m.rejectHint !== undefined ? HAS.rejectHint : 0) |
      (m.snapshot !== undefined ? HAS.snapshot : 0) |
      (m.context !== undefined ? HAS.context : 0) |
      (m.force ? HAS.force : 0),
  );
  if (m.index !== undefined) w.integer(m.index);
  if (m.logTerm !== undefined) w.integer(m.logTerm);
  if (m.entries !== undefined) writeEntries(w, m.entries);
  if (m.commit !== undefined) w.integer(m.commit);
  if (m.rejectHint !== undefined) w.integer(m.rejectHint);
  if (m.snapshot !== undefined) writeSnapshotMeta(w, m.snapshot);
  if (m.context !== undefined) w.id(m.context);
}

/** Reads a raft message; throws MALFORMED_FRAME on anything else. */
export function readMessage(r: ByteReader): Message {
  const type = r.name(TYPES);
  const [from, to, term, has] = [r.id(), r.id(), r.integer(), r.uint32()];
  return {
    type,
    from,
    to,
    term,
    ...(has & HAS.index ? { index: r.integer() } : undefined),
    ...(has & HAS.logTerm ? { logTerm: r.integer() } : undefined),
    ...(has & HAS.entries ? { entries: readEntries(r) } : undefined),
    ...(has & HAS.commit ? { commit: r.integer() } : undefined),
    ...(has & HAS.reject ? { reject: true } : undefined),
    ...(has & HAS.rejectHint ? { rejectHint: r.integer() } : undefined),
    ...(has & HAS.snapshot ? { snapshot: readSnapshotMeta(r) } : undefined),
    ...(has & HAS.context ? { context: r.id() } : undefined),
    ...(has & HAS.force ? { force: true } : undefined),
  };
}

/** Writes a turn's messages. */
export function writePeerMessages(w: ByteWriter, messages: readonly PeerMessage[]): void {
  w.uint32(messages.length);
  for (const one of messages) {
    w.byte(KIND[one.kind]);
    if (one.kind === "raft") writeMessage(w, one.message);
    else {
      w.integer(one.session);
      w.integer(one.sequence);
      if (one.kind === "refused") continue;
      if (one.kind === "propose") {
        w.integer(one.term);
        w.bytes(one.data);
      } else w.bytes(one.body);
    }
  }
}

/** Byte strings are copies: they outlive the frame. */
export function readPeerMessages(r: ByteReader): readonly PeerMessage[] {
  const messages: PeerMessage[] = [];
  for (let left = r.count(9); left > 0; left--) {
    const kind = r.byte();
    if (kind === KIND.raft) messages.push({ kind: "raft", message: readMessage(r) });
    else if (kind >= KIND.propose && kind <= KIND.answer) {
      const [session, sequence] = [r.integer(), r.integer()];
      if (kind === KIND.refused) messages.push({ kind: "refused", session, sequence });
      else if (kind === KIND.propose) {
        const term = r.integer();
        messages.push({ kind: "propose", term, session, sequence, data: entryPool.copy(r.bytes()) });
      } else {
        const body = Buffer.from(r.bytes());
        messages.push({ kind: kind === KIND.ask ? "ask" : "answer", session, sequence, body });
      }
    } else throw new CodedError("MALFORMED_FRAME", `malformed frame: an unknown kind of message ${kind}`);
  }
  return messages;
}

/** Writes a snapshot's head. */
export function writeSnapshotHead(w: ByteWriter, head: SnapshotHead): void {
  writeMessage(w, head.message);
  writeSnapshotMeta(w, head.meta);
}

/** Reads a snapshot's head; throws MALFORMED_FRAME on anything else. */
export function readSnapshotHead(r: ByteReader): SnapshotHead {
  return { message: readMessage(r), meta: readSnapshotMeta(r) };
}
