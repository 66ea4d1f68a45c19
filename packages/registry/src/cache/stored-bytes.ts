/**
 * The bytes of an object: as stored (JSON with kind, apiVersion and metadata first, no resourceVersion) and
 * as served (the same with the resourceVersion spliced in behind `"metadata":{`, by copying, not by parsing).
 */

import type { BytePool } from "@quorate/base";
import type { KubernetesObject } from "@quorate/object";

const METADATA = Buffer.from('"metadata":{');
/** The metadata of our own encoding begins within this many bytes; longer heads are foreign. */
const HEAD_BYTES_MAX = 512;

/** An object as the store keeps it. resourceVersion and selfLink are left out; `object` is not changed. */
export function encodeStored(object: KubernetesObject): Buffer {
  const { kind, apiVersion, metadata, ...rest } = object;
  const { resourceVersion: _version, selfLink: _link, ...kept } = metadata;
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata: kept, ...rest }));
}

/**
 * Where the metadata's first field begins, -1 where the bytes are not of our making or do not begin with
 * `head`.
 */
export function metadataOffset(stored: Buffer, head?: Buffer): number {
  if (head) {
    const end = head.length + METADATA.length;
    if (stored.length < end || !isAt(stored, head, 0)) return -1;
    if (isAt(stored, METADATA, head.length)) return end;
  }
  if (stored.length < 10 || stored.toString("latin1", 0, 9) !== '{"kind":"') return -1;
  const at = stored.subarray(0, HEAD_BYTES_MAX).indexOf(METADATA);
  return at < 0 ? -1 : at + METADATA.length;
}

/** Whether `part` stands at an offset; without views and searches, which cost more than the comparison. */
function isAt(bytes: Buffer, part: Buffer, offset: number): boolean {
  return bytes.compare(part, 0, part.length, offset, offset + part.length) === 0;
}

/** The served bytes of stored ones. `offset` is what metadataOffset said, not negative. */
export function spliceVersion(stored: Buffer, offset: number, revision: number, pool: BytePool): Buffer {
  // An empty metadata object takes no comma.
  const isEmpty = stored[offset] === 0x7d;
  const field = `"resourceVersion":"${revision}"${isEmpty ? "" : ","}`;
  const served = pool.allocate(stored.length + field.length);
  stored.copy(served, 0, 0, offset);
  served.write(field, offset, "latin1");
  stored.copy(served, offset + field.length, offset);
  return served;
}

/** Served bytes of one revision as those of another. */
export function replaceVersion(served: Buffer, revision: number, by: number): Buffer {
  const offset = metadataOffset(served);
  const end = offset + `"resourceVersion":"${revision}"`.length;
  const field = Buffer.from(`"resourceVersion":"${by}"`, "latin1");
  return Buffer.concat([served.subarray(0, offset), field, served.subarray(end)]);
}

/** Whether served bytes of `revision` are these stored ones with the version spliced in. */
export function isStoredAs(served: Buffer, stored: Buffer, revision: number): boolean {
  const offset = metadataOffset(stored);
  if (offset < 0) return false;
  const added = served.length - stored.length;
  if (added < 0 || stored.compare(served, 0, offset, 0, offset) !== 0) return false;
  if (stored.compare(served, offset + added, served.length, offset) !== 0) return false;
  return served.toString("latin1", offset, offset + added).startsWith(`"resourceVersion":"${revision}"`);
}

/** How long stored bytes are when they are served. */
export function servedLength(stored: Buffer, revision: number): number {
  const isEmpty = stored[metadataOffset(stored)] === 0x7d;
  return stored.length + `"resourceVersion":"${revision}"`.length + (isEmpty ? 0 : 1);
}
