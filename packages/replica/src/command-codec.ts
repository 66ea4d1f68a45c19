/**
 * The binary form of what a proposal carries: a command of the store, or one of the driver's own. One byte of kind, then
 * the fields. Part of the on-disk format: kinds are never reused.
 */
import { CodedError } from "@quorate/base";
import type { Command } from "@quorate/mvcc";
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
];
const ALARMS: readonly (Command & { op: "alarm" })["alarm"][] = ["no-space", "corrupt"];

// Reused: encoding a command never yields, and the bytes are copied out.
const scratch = new ByteWriter(64 * 1024);

/** The bytes of a command; the caller's own. */
export function encodeCommand(command: LogCommand): Buffer {
  const w = scratch;
  w.rewind(0);
  w.byte(KINDS.indexOf(command.op));
  switch (command.op) {
    case "noop":
      break;
    case "put":
      writePut(w, command.request);
      break;
    case "delete-range":
      writeDeleteRange(w, command.request);
      break;
    case "txn":
      writeTxn(w, command.request);
      break;
    case "compact":
      w.integer(command.revision);
      break;
    case "lease-grant":
      w.id(command.id);
      w.integer(command.ttlSeconds);
      break;
    case "lease-revoke":
      w.id(command.id);
      break;
    case "meta-put":
      w.text(command.key);
      w.bytes(command.value);
      break;
    case "meta-delete":
      w.text(command.key);
      break;
    case "alarm":
      w.byte(ALARMS.indexOf(command.alarm));
      w.id(command.member);
      w.flag(command.raised);
      break;
    case "member-update":
      writeAttributes(w, command.member);
  }
  return w.takeCopy();
}

/** The command; byte strings are views. Throws MALFORMED_FRAME. */
export function decodeCommand(bytes: Uint8Array): LogCommand {
  const r = new ByteReader(bytes);
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
    case "lease-grant":
      return { op, id: r.id(), ttlSeconds: r.integer() };
    case "lease-revoke":
      return { op, id: r.id() };
    case "meta-put":
      return { op, key: r.text(), value: r.bytes() };
    case "meta-delete":
      return { op, key: r.text() };
    case "alarm":
      return { op, alarm: r.name(ALARMS), member: r.id(), raised: r.flag() };
    case "member-update":
      return { op, member: readAttributes(r) };
    default:
      throw new CodedError("MALFORMED_FRAME", `malformed frame: the command ${String(op)} is unknown`);
  }
}
