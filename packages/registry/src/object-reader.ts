/**
 * Get and list of one resource out of its cache, at the point in time that the client asks for (references
 * 1.306 to 1.331). States that the cache no longer has are read from the store once and kept for the pages
 * that follow.
 */
import { hasCode } from "@quorate/base";
import {
  badRequest,
  type ContinueToken,
  decodeContinue,
  encodeContinue,
  expired,
  expiredContinue,
  notFound,
  tooLargeResourceVersion,
} from "@quorate/object";
import type { ResourceTable } from "@quorate/schema";
import type { CachedObject } from "./cache/cached-object.ts";
import type { ObjectTree } from "./cache/object-tree.ts";
import { objectKey } from "./object-key.ts";
import { type ListView, listPrefix, readPage } from "./read-page.ts";
import type { ResourceBase } from "./resource-base.ts";
import type { ListOptions, ListResult, ReadPoint } from "./resource-store.ts";
import { type Selection, selectionOf } from "./selection.ts";

const CONTINUE_TOO_OLD =
  "The provided continue parameter is too old to display a consistent list result. You can start a new " +
  "list without the continue parameter, or use the continue token in this response to retrieve the " +
  "remainder of the results. Continuing with the provided token results in an inconsistent list - objects " +
  "that were created, modified, or deleted between the time the first chunk was returned and now may show " +
  "up in the list.";
const LIST_TOO_OLD = "The resourceVersion for the provided list is too old.";

/** Reads of one resource. */
export class ObjectReader {
  readonly #base: ResourceBase;
  readonly #resource: ResourceTable;

  constructor(base: ResourceBase, resource: ResourceTable) {
    this.#base = base;
    this.#resource = resource;
  }

  async get(namespace: string, name: string, point: ReadPoint = {}): Promise<CachedObject> {
    const key = objectKey(this.#resource, namespace, name);
    await this.#reach(point.resourceVersion ?? "");
    const object = this.#base.cache.tree.get(key);
    if (!object) throw notFound(this.#resource, name);
    object.requireReadable();
    return object;
  }

  async list(options: ListOptions): Promise<ListResult> {
    const selection = selectionOf(this.#resource, options);
    const view = await this.#view(options, selection);
    return readPage(view, selection);
  }

  /** Waits until the cache may answer; "0" takes it as it is. */
  async #reach(resourceVersion: string): Promise<void> {
    const base = this.#base;
    if (!base.cache.isLoaded) await base.loaded();
    if (resourceVersion === "0") return;
    if (resourceVersion === "") await base.freshness.latest();
    else await base.freshness.notOlderThan(Number(resourceVersion));
  }

  async #view(options: ListOptions, selection: Selection): Promise<ListView> {
    const { resourceVersion: asked = "", resourceVersionMatch: match = "", limit = 0 } = options;
    if (options.continue) return this.#continuedView(options, selection);
    const isExact = match === "Exact" || (match === "" && limit > 0 && asked !== "" && asked !== "0");
    if (isExact) {
      const revision = Number(asked);
      const tree = await this.#stateAt(revision, () => expired(LIST_TOO_OLD));
      return { tree, revision, start: selection.start, limit };
    }
    await this.#reach(asked);
    const { cache, feed } = this.#base;
    // Compat: at resourceVersion=0 the reference's cache answers whole, whatever the limit.
    return {
      tree: cache.tree,
      revision: feed.revision,
      start: selection.start,
      limit: asked === "0" ? 0 : limit,
    };
  }

  async #continuedView(options: ListOptions, selection: Selection): Promise<ListView> {
    const { resourceVersion: asked = "", limit = 0 } = options;
    if (asked !== "" && asked !== "0") {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    const token = decodeContinue(options.continue!);
    const start = listPrefix(selection) + token.start;
    if (token.revision < 0) {
      await this.#reach("");
      return { tree: this.#base.cache.tree, revision: this.#base.feed.revision, start, limit };
    }
    const tree = await this.#stateAt(token.revision, () => continueExpired(token));
    return { tree, revision: token.revision, start, limit };
  }

  /**
   * The state at a revision, from the cache or else the store; `tooOld` says what is thrown where neither has
   * it.
   */
  async #stateAt(revision: number, tooOld: () => Error): Promise<ObjectTree> {
    const base = this.#base;
    if (!base.cache.isLoaded) await base.loaded();
    if (revision > base.feed.revision) {
      await base.freshness.latest();
      if (revision > base.feed.revision) throw tooLargeResourceVersion(revision, base.feed.revision);
    }
    const cached = base.cache.stateAt(revision, base.feed.revision, base.clock.now());
    if (cached) {
      if (revision === base.feed.revision || (await base.history.holds(revision))) return cached;
      throw tooOld();
    }
    try {
      return await base.readState(revision);
    } catch (error) {
      throw hasCode(error, "COMPACTED") ? tooOld() : error;
    }
  }
}

function continueExpired(token: ContinueToken): Error {
  return expiredContinue(CONTINUE_TOO_OLD, encodeContinue({ revision: -1, start: token.start }));
}
