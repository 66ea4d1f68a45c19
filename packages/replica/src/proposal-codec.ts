/**
 * What a normal log entry holds: proposals one after the other, each its length (4 bytes), the member that made it (8),
 * that member's counter (8), and the command. Members collect the proposals of a turn into one entry; the leader
 * appends those that others send as they are.
 */
import { CodedError } from "@quorate/base";
import type { MemberId } from "@quorate/raft";

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

/** The data of an entry. */
export function encodeProposals(proposals: readonly Proposal[]): Buffer {
  let bytes = 0;
  for (const proposal of proposals) bytes += proposalBytes(proposal.command);
  const data = Buffer.allocUnsafe(bytes);
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

/** The proposals of an entry; commands are views. Throws MALFORMED_FRAME where it is none. */
export function decodeProposals(data: Uint8Array): readonly Proposal[] {
  const bytes = data instanceof Buffer ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const proposals: Proposal[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + HEADER_BYTES > bytes.length)
      throw new CodedError("MALFORMED_FRAME", "malformed entry: a cut proposal");
    const end = at + HEADER_BYTES + bytes.readUInt32LE(at);
    if (end > bytes.length)
      throw new CodedError("MALFORMED_FRAME", "malformed entry: a proposal beyond its end");
    const origin = bytes.readBigUInt64LE(at + 4);
    const counter = bytes.readDoubleLE(at + 12);
    proposals.push({ origin, counter, command: bytes.subarray(at + HEADER_BYTES, end) });
    at = end;
  }
  return proposals;
}
