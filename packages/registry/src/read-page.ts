/**
 * A page of a list out of a state. Selectors may have to look into every object of a large resource: that is
 * done in slices, on a snapshot, so that nobody waits for it.
 */
import { encodeContinue } from "@quorate/object";
import type { CachedObject } from "./cache/cached-object.ts";
import type { ObjectTree } from "./cache/object-tree.ts";
import type { ListResult } from "./resource-store.ts";
import type { Selection } from "./selection.ts";

/** Bound: objects that a selector looks at in one turn of the event loop. */
const SLICE_OBJECTS = 4_096;

/** A state to list, and which part of it. */
export interface ListView {
  readonly tree: ObjectTree;
  readonly revision: number;
  /** Where the page begins. */
  readonly start: string;
  /** 0: no limit. */
  readonly limit: number;
}

/** A list's answer with what is known of its objects here. */
export interface CachedPage extends ListResult {
  readonly items: readonly CachedObject[];
}

/** What the keys of a list have in common, and continue tokens leave out. */
export function listPrefix(selection: Selection): string {
  return selection.namespace === undefined ? "" : `${selection.namespace}/`;
}

/** Throws a 500 where an object can't be read. */
export async function readPage(view: ListView, selection: Selection): Promise<CachedPage> {
  const page = new Page(selection, view.limit);
  if (!selection.selects) page.read(view.tree, view.start, Number.POSITIVE_INFINITY);
  else if (!page.read(view.tree, view.start, SLICE_OBJECTS)) {
    // Safety: the state may be the live one, which changes between the slices.
    const tree = view.tree.snapshot();
    do await new Promise((resolve) => setImmediate(resolve));
    while (!page.read(tree, `${page.position}\0`, SLICE_OBJECTS));
    return page.result(tree, view.revision);
  }
  return page.result(view.tree, view.revision);
}

class Page {
  readonly #selection: Selection;
  readonly #limit: number;
  readonly #items: CachedObject[] = [];
  /** The last key that was looked at. */
  position = "";
  #isFull = false;

  constructor(selection: Selection, limit: number) {
    this.#selection = selection;
    this.#limit = limit;
  }

  /** Looks at `max` objects from a key on; true where the page is complete. */
  read(tree: ObjectTree, start: string, max: number): boolean {
    const { end, selects } = this.#selection;
    const items = this.#items;
    let left = max;
    tree.visit(start, end, (key, object) => {
      object.requireReadable();
      this.position = key;
      if (!selects || selects(object)) items.push(object);
      this.#isFull = this.#limit > 0 && items.length === this.#limit;
      return !this.#isFull && --left > 0;
    });
    return this.#isFull || left > 0;
  }

  result(tree: ObjectTree, revision: number): CachedPage {
    const items = this.#items;
    if (!this.#isFull) return { items, revision };
    const { end, hasSelector } = this.#selection;
    const next = `${this.position}\0`;
    const remaining = tree.count(next, end);
    if (remaining === 0) return { items, revision };
    const start = next.slice(listPrefix(this.#selection).length);
    return {
      items,
      revision,
      continue: encodeContinue({ revision, start }),
      ...(hasSelector ? {} : { remainingItemCount: remaining }),
    };
  }
}
