/**
 * What a normal log entry holds: one proposal, which is the length of its command (4 bytes), the member that
 * made it (8), that member's counter (8), and the command. What members send to the leader is proposals one
 * after the other, each of which becomes an entry as it is.
 */
import { CodedError } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import { entryPool } from "./entry-pool.ts";

const HEADER_BYTES = 20;

/** A request id and its command. */
export interface Proposal {
  readonly origin: MemberId;
  readonly counter: number;
  readonly command: Uint8Array;
}

/** Bytes that a command takes in an entry. */
export function proposalBytes(command: Uint8Array): number {
  return HEADER_BYTES + command.length;
}

/** Proposals one after the other. */
export function encodeProposals(proposals: readonly Proposal[]): Buffer {
  let bytes = 0;
  for (const proposal of proposals) bytes += proposalBytes(proposal.command);
  const data = entryPool.allocate(bytes);
  let at = 0;
  for (const { origin, counter, command } of proposals) {
    at = data.writeUInt32LE(command.length, at);
    at = data.writeBigUInt64LE(origin, at);
    at = data.writeDoubleLE(counter, at);
    data.set(command, at);
    at += command.length;
  }
  return data;
}

/** The data of one entry for each proposal: views into `data`. Throws MALFORMED_FRAME where it is none. */
export function splitProposals(data: Uint8Array): readonly Uint8Array[] {
  const bytes = asBuffer(data);
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + HEADER_BYTES > bytes.length) throw cut();
    const end = at + HEADER_BYTES + bytes.readUInt32LE(at);
    if (end > bytes.length) throw cut();
    entries.push(bytes.subarray(at, end));
    at = end;
  }
  return entries;
}

/** The proposal of an entry; the command is a view. Throws MALFORMED_FRAME where it is none. */
export function decodeProposal(data: Uint8Array): Proposal {
  const bytes = asBuffer(data);
  if (bytes.length < HEADER_BYTES || bytes.length !== HEADER_BYTES + bytes.readUInt32LE(0)) throw cut();
  const origin = bytes.readBigUInt64LE(4);
  const counter = bytes.readDoubleLE(12);
  return { origin, counter, command: bytes.subarray(HEADER_BYTES) };
}

function asBuffer(data: Uint8Array): Buffer {
  return data instanceof Buffer ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function cut(): CodedError<"MALFORMED_FRAME"> {
  return new CodedError(
    "MALFORMED_FRAME",
    "malformed frame: a proposal does not have the length that it says",
  );
}
