/**
 * The binary form of what a proposal carries: a command of the store, or one of the driver's own. One byte of
 * kind, then the fields. Part of the on-disk format: kinds are never reused.
 */
import { CodedError } from "@quorate/base";
import { type Command, decodeAuthRequest, encodeAuthRequest, type PlainCommand } from "@quorate/mvcc";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import {
  readDeleteRange,
  readPut,
  readTxn,
  writeDeleteRange,
  writePut,
  writeTxn,
} from "./kv-request-codec.ts";
import { type MemberAttributes, readAttributes, writeAttributes } from "./member-attributes.ts";

/** Changes what every member knows of a member; not part of the store's state machine. */
export interface MemberUpdate {
  readonly op: "member-update";
  readonly member: MemberAttributes;
}

/** What an entry of the log can carry. */
export type LogCommand = Command | MemberUpdate;

const KINDS: readonly LogCommand["op"][] = [
  "noop",
  "put",
  "delete-range",
  "txn",
  "compact",
  "lease-grant",
  "lease-revoke",
  "meta-put",
  "meta-delete",
  "alarm",
  "member-update",
  "lease-checkpoint",
  "auth",
  "as-user",
];
const ALARMS: readonly (Command & { op: "alarm" })["alarm"][] = ["no-space", "corrupt"];

// Reused: encoding a command never yields, and the bytes are copied out.
const scratch = new ByteWriter(64 * 1024);

/** The bytes of a command; the caller's own. */
export function encodeCommand(command: LogCommand): Buffer {
  scratch.rewind(0);
  writeCommand(scratch, command);
  return scratch.takeCopy();
}

function writeCommand(w: ByteWriter, command: LogCommand): void {
  w.name(KINDS, command.op);
  switch (command.op) {
    case "noop":
      return;
    case "put":
      writePut(w, command.request);
      return;
    case "delete-range":
      writeDeleteRange(w, command.request);
      return;
    case "txn":
      writeTxn(w, command.request);
      return;
    case "compact":
      w.integer(command.revision);
      return;
    case "as-user":
      w.text(command.caller.user);
      w.integer(command.caller.authRevision);
      writeCommand(w, command.command);
      return;
    default:
      writeRareCommand(w, command);
  }
}

type RareCommand = Exclude<
  LogCommand,
  { op: "noop" | "put" | "delete-range" | "txn" | "compact" | "as-user" }
>;

function writeRareCommand(w: ByteWriter, command: RareCommand): void {
  switch (command.op) {
    case "lease-grant":
      w.id(command.id);
      w.integer(command.ttlSeconds);
      return;
    case "lease-revoke":
      w.id(command.id);
      return;
    case "lease-checkpoint":
      w.uint32(command.leases.length);
      for (const { id, remainingSeconds } of command.leases) {
        w.id(id);
        w.integer(remainingSeconds);
      }
      return;
    case "auth":
      w.text(encodeAuthRequest(command.request));
      return;
    case "meta-put":
      w.text(command.key);
      w.bytes(command.value);
      return;
    case "meta-delete":
      w.text(command.key);
      return;
    case "alarm":
      w.name(ALARMS, command.alarm);
      w.id(command.member);
      w.flag(command.raised);
      return;
    case "member-update":
      writeAttributes(w, command.member);
  }
}

/** The command; byte strings are views. Throws MALFORMED_FRAME. */
export function decodeCommand(bytes: Uint8Array): LogCommand {
  return readCommand(new ByteReader(bytes), false);
}

function readCommand(r: ByteReader, nested: boolean): LogCommand {
  const op = r.name(KINDS);
  switch (op) {
    case "noop":
      return { op };
    case "put":
      return { op, request: readPut(r) };
    case "delete-range":
      return { op, request: readDeleteRange(r) };
    case "txn":
      return { op, request: readTxn(r) };
    case "compact":
      return { op, revision: r.integer() };
    case "as-user": {
      if (nested)
        throw new CodedError("MALFORMED_FRAME", "malformed frame: a command as a user within another");
      const caller = { user: r.text(), authRevision: r.integer() };
      return { op, caller, command: readCommand(r, true) as PlainCommand };
    }
    default:
      return readRareCommand(r, op);
  }
}

function readRareCommand(r: ByteReader, op: RareCommand["op"]): LogCommand {
  switch (op) {
    case "lease-grant":
      return { op, id: r.id(), ttlSeconds: r.integer() };
    case "lease-revoke":
      return { op, id: r.id() };
    case "lease-checkpoint": {
      const leases: { id: bigint; remainingSeconds: number }[] = [];
      for (let left = r.count(16); left > 0; left--)
        leases.push({ id: r.id(), remainingSeconds: r.integer() });
      return { op, leases };
    }
    case "auth":
      return { op, request: decodeAuthRequest(r.text()) };
    case "meta-put":
      return { op, key: r.text(), value: r.bytes() };
    case "meta-delete":
      return { op, key: r.text() };
    case "alarm":
      return { op, alarm: r.name(ALARMS), member: r.id(), raised: r.flag() };
    case "member-update":
      return { op, member: readAttributes(r) };
  }
}
