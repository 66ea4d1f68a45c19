/**
 * The bytes of watch messages. Events are encoded once a batch and shared by all watches that are given it;
 * a message is those bytes behind a short head, since protobuf lets fields come in any order and number.
 */
import type { WatchBatch } from "@quorate/mvcc";
import type * as pb from "./generated/etcd-types.ts";
import { eventMessage } from "./kv-messages.ts";
import { messageCodec, type Partially } from "./message-codec.ts";

const codec = messageCodec("etcdserverpb.WatchResponse");
const encoded = new WeakMap<WatchBatch, Buffer>();
const NOTHING = Buffer.alloc(0);

/** The `events` of a batch, encoded. */
export function encodeEvents(batch: WatchBatch): Buffer {
  if (batch.changes.length === 0) return NOTHING;
  const known = encoded.get(batch);
  if (known) return known;
  const bytes = codec.encode({ events: batch.changes.map(eventMessage) });
  encoded.set(batch, bytes);
  return bytes;
}

/** The events of a batch in parts of about `partBytes`, at least one event each. */
export function splitEvents(batch: WatchBatch, partBytes: number): Buffer[] {
  const parts: Buffer[] = [];
  let part: Partially<pb.Event>[] = [];
  let bytes = 0;
  for (const change of batch.changes) {
    const { kv, prevKv } = change;
    const size =
      kv.key.length + kv.value.length + (prevKv ? prevKv.key.length + prevKv.value.length : 0) + 64;
    if (part.length > 0 && bytes + size > partBytes) {
      parts.push(codec.encode({ events: part }));
      part = [];
      bytes = 0;
    }
    part.push(eventMessage(change));
    bytes += size;
  }
  parts.push(codec.encode({ events: part }));
  return parts;
}

/** A whole message. */
export function watchBytes(
  header: Partially<pb.ResponseHeader>,
  watchId: number,
  events: readonly Buffer[],
  fragment = false,
): Buffer {
  return Buffer.concat([codec.encode({ header, watch_id: watchId, fragment }), ...events]);
}
