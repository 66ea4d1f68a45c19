/** GET of a collection with `watch=1`, and the legacy paths under /watch/. */
import { parseWatchOptions } from "../request/list-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { CONTENT_TYPES, WATCH_OFFER } from "../response/media-type.ts";
import { frameEncoder } from "../response/watch-frames.ts";
import { type WatchObserver, WatchStream } from "./watch-stream.ts";

/** Answers with events until the watch ends; resolves then. */
export async function watchObjects(request: ResourceRequest): Promise<void> {
  const { api, exchange, codec } = request;
  const { representation } = api;
  const media = representation.negotiate(exchange, WATCH_OFFER);
  representation.requireEncodable(codec.resource, media);
  const name = request.info.verbByPath ? request.name : "";
  const parsed = parseWatchOptions(request.query, request.resource, request.namespace, name);
  const watch = await request.store.watch(parsed.options);
  const contentType = CONTENT_TYPES[media.encoding];
  const sink = exchange.begin(200, media.encoding === "json" ? contentType : `${contentType};stream=watch`);
  if (sink === undefined) {
    watch.close();
    return;
  }
  const metrics = api.watchMetrics.of(request.resource);
  await new Promise<void>((resolve) => {
    const encode = frameEncoder(api.schema, codec, media, () => representation.tableOptions(exchange, media));
    const observer: WatchObserver = {
      sent: (events, bytes) => {
        exchange.bytesSent += bytes;
        metrics.sent(events, bytes);
      },
      closed: () => {
        api.watches.remove(stream);
        resolve();
      },
    };
    const stream = new WatchStream(watch, sink, encode, observer);
    api.watches.add(stream, lifeMs(request, parsed.timeoutSeconds));
    stream.start();
  });
}

/** Without a word of the client, watches end at different times so that they don't come back together. */
function lifeMs({ api }: ResourceRequest, timeoutSeconds: number | undefined): number {
  if (timeoutSeconds !== undefined) return timeoutSeconds * 1000;
  return api.limits.minRequestTimeoutSeconds * 1000 * (1 + api.random.next());
}
