/**
 * Changes that the ring no longer holds, read from the store's history: a watch from the past that is
 * cancelled as soon as a piece is full, so that a slow reader holds no more than a piece.
 */
import { prefixEnd } from "@quorate/base";
import type { Change, Kv, Watch } from "@quorate/mvcc";
import { CacheEvent } from "./cache-event.ts";
import type { HistoryPiece } from "./object-cursor.ts";
import type { ResourceCache } from "./resource-cache.ts";

/** Bound: a piece ends with the batch that reaches one of these. */
const PIECE_CHANGES = 1_000;
const PIECE_BYTES = 4 << 20;

/**
 * The changes after `revision`; rejects with what ends the watch, COMPACTED where the store has forgotten
 * them.
 */
export function readHistory(kv: Kv, cache: ResourceCache, revision: number): Promise<HistoryPiece> {
  return new Promise((resolve, reject) => {
    const events: CacheEvent[] = [];
    let bytes = 0;
    let isDone = false;
    const watch: Watch = kv.watch(
      {
        key: Buffer.from(cache.prefix),
        rangeEnd: prefixEnd(Buffer.from(cache.prefix)),
        startRevision: revision + 1,
        prevKv: true,
      },
      {
        batch: (batch) => {
          if (isDone) return;
          for (const change of batch.changes) {
            const event = eventOf(cache, change);
            if (event) events.push(event);
            bytes += change.kv.value.length;
          }
          if (batch.changes.length > 0 && events.length < PIECE_CHANGES && bytes < PIECE_BYTES) return;
          isDone = true;
          watch.cancel();
          resolve({ events, revision: batch.revision });
        },
        closed: (error) => {
          if (isDone) return;
          isDone = true;
          reject(error ?? new Error("the store ended the watch"));
        },
      },
    );
    // An empty batch says that the watch is caught up.
    watch.requestProgress();
  });
}

function eventOf(cache: ResourceCache, { type, kv, prevKv }: Change): CacheEvent | undefined {
  const key = cache.keyOf(kv.key);
  const previous = prevKv && cache.objectOf(key, prevKv.modRevision, prevKv.value);
  if (type === "delete" && !previous) return undefined;
  const object = type === "put" ? cache.known(key, kv.modRevision, kv.value) : undefined;
  return new CacheEvent(kv.modRevision, key, object, previous, 0);
}
