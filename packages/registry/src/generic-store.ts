/**
 * The store of one resource: reads by ObjectReader, watches by ObjectWatcher, one file a verb for the writes.
 */
import type { ResourceTable } from "@quorate/schema";
import type { ObjectReader } from "./object-reader.ts";
import type { ObjectWatcher } from "./object-watcher.ts";
import type {
  DeleteOptions,
  DeleteResult,
  ListOptions,
  ListResult,
  ObjectWatch,
  ReadPoint,
  ResourceStore,
  StoredObject,
  UpdateOptions,
  WatchOptions,
  WriteContext,
} from "./resource-store.ts";
import { createObject } from "./verbs/create-object.ts";
import { deleteCollection } from "./verbs/delete-collection.ts";
import { deleteObject } from "./verbs/delete-object.ts";
import { type ChangeObject, updateObject } from "./verbs/update-object.ts";
import type { WriteEnvironment } from "./verbs/write-environment.ts";

/** The verbs of one resource. */
export class GenericStore implements ResourceStore {
  readonly resource: ResourceTable;
  readonly #reader: ObjectReader;
  readonly #watcher: ObjectWatcher;
  readonly #environment: WriteEnvironment;

  constructor(environment: WriteEnvironment, watcher: ObjectWatcher) {
    this.resource = environment.resource;
    this.#reader = environment.reader;
    this.#watcher = watcher;
    this.#environment = environment;
  }

  get watcher(): ObjectWatcher {
    return this.#watcher;
  }

  get(namespace: string, name: string, point?: ReadPoint): Promise<StoredObject> {
    return this.#reader.get(namespace, name, point);
  }

  list(options: ListOptions): Promise<ListResult> {
    return this.#reader.list(options);
  }

  watch(options: WatchOptions): Promise<ObjectWatch> {
    return this.#watcher.watch(options);
  }

  create(object: Parameters<ResourceStore["create"]>[0], context: WriteContext): Promise<StoredObject> {
    return createObject(this.#environment, object, context);
  }

  update(
    namespace: string,
    name: string,
    change: ChangeObject,
    context: WriteContext,
    options: UpdateOptions = {},
  ): Promise<{ readonly object: StoredObject; readonly created: boolean }> {
    return updateObject(this.#environment, { namespace, name, change, context, options });
  }

  delete(
    namespace: string,
    name: string,
    options: DeleteOptions,
    context: WriteContext,
  ): Promise<DeleteResult> {
    return deleteObject(this.#environment, { namespace, name, options, context });
  }

  deleteCollection(list: ListOptions, options: DeleteOptions, context: WriteContext): Promise<ListResult> {
    return deleteCollection(this.#environment, list, options, context);
  }
}
