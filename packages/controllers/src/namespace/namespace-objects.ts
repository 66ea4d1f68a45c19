/**
 * An object that every living namespace has: made when the namespace comes, made again when it is deleted or
 * changed from outside. What `serviceaccount-controller` and `root-ca-certificate-publisher-controller` have
 * in common.
 */
import { type KubernetesObject, parseFieldSelector } from "@quorate/object";
import type { ResourceStore } from "@quorate/registry";
import type { Controller, ControllerContext } from "../controller.ts";
import { ObjectFollower } from "../object-follower.ts";
import { WorkQueue } from "../work-queue.ts";
import { changeObject, createIfAbsent, findObject, hasStatus } from "../write-as-server.ts";

/** Which object, and how it is made and mended. */
export interface NamespaceObjectOptions {
  readonly controllerName: string;
  /** The resource, in the core group. */
  readonly resource: string;
  readonly objectName: string;
  /** The object for a namespace. */
  readonly make: (namespace: string) => KubernetesObject;
  /** Mends an object in place; false where it is as it should be. */
  readonly mend?: (object: KubernetesObject) => boolean;
}

const CONCURRENCY = 5;

/** Sees to it that every namespace that is not being deleted has the object. */
export class NamespaceObjects implements Controller {
  readonly name: string;
  readonly #context: ControllerContext;
  readonly #options: NamespaceObjectOptions;
  readonly #namespaces: ResourceStore;
  readonly #objects: ResourceStore;
  #followers: readonly ObjectFollower[] = [];
  #queue: WorkQueue | undefined;

  constructor(context: ControllerContext, options: NamespaceObjectOptions) {
    this.name = options.controllerName;
    this.#context = context;
    this.#options = options;
    this.#namespaces = context.stores.store("", "namespaces");
    this.#objects = context.stores.store("", options.resource);
  }

  start(): void {
    const { clock, log } = this.#context;
    const { resource, objectName } = this.#options;
    const queue = new WorkQueue({
      clock,
      concurrency: CONCURRENCY,
      run: (namespace) => this.#sync(namespace),
      failed: (namespace, why) =>
        log("warn", `${resource} ${objectName} could not be made yet`, { namespace, why }),
    });
    this.#queue = queue;
    const fieldSelector = parseFieldSelector(`metadata.name=${objectName}`);
    this.#followers = [
      new ObjectFollower(
        { store: this.#namespaces, clock, log },
        { seen: (namespace) => queue.add(namespace.name) },
      ),
      new ObjectFollower(
        { store: this.#objects, clock, log, fieldSelector },
        {
          seen: (object) => this.#options.mend && queue.add(object.namespace),
          gone: (object) => queue.add(object.namespace),
        },
      ),
    ];
    for (const follower of this.#followers) follower.start();
  }

  async stop(): Promise<void> {
    for (const follower of this.#followers) follower.stop();
    await this.#queue?.stop();
  }

  async #sync(name: string): Promise<undefined> {
    const namespace = await findObject(this.#namespaces, "", name, true);
    if (!namespace || namespace.decode().metadata.deletionTimestamp) return undefined;
    const { objectName, make, mend } = this.#options;
    const { clock } = this.#context;
    const found = await findObject(this.#objects, name, objectName, true);
    if (!found) await this.#create(make(name));
    else if (mend?.(found.decode())) {
      await changeObject(this.#objects, clock, { namespace: name, name: objectName, change: mend });
    }
    return undefined;
  }

  async #create(object: KubernetesObject): Promise<void> {
    try {
      await createIfAbsent(this.#objects, this.#context.clock, object);
    } catch (error) {
      // The namespace began to go meanwhile.
      if (!hasStatus(error, 403) && !hasStatus(error, 404)) throw error;
    }
  }
}
