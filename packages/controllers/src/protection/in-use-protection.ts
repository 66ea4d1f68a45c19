/**
 * Objects that a finalizer keeps while others use them: taken off once the object is being deleted and nobody
 * does. What the three protection controllers of kube-controller-manager have in common.
 */
import type { KubernetesObject } from "@quorate/object";
import type { ResourceStore } from "@quorate/registry";
import type { Controller, ControllerContext } from "../controller.ts";
import { ObjectFollower } from "../object-follower.ts";
import { WorkQueue } from "../work-queue.ts";
import { changeObject, findObject } from "../write-as-server.ts";

/** What is protected, by which finalizer, against whose use. */
export interface InUseProtectionOptions {
  readonly controllerName: string;
  readonly group: string;
  readonly resource: string;
  readonly finalizer: string;
  /** Whether anything uses the object, as of now. */
  readonly isInUse: (context: ControllerContext, object: KubernetesObject) => Promise<boolean>;
  /** Core resources whose objects' end may end a use. */
  readonly users: readonly string[];
}

const CONCURRENCY = 5;
const DELETION = Buffer.from('"deletionTimestamp"');

/** Takes the finalizer off objects that are being deleted and that nobody uses. */
export class InUseProtection implements Controller {
  readonly name: string;
  readonly #context: ControllerContext;
  readonly #options: InUseProtectionOptions;
  readonly #store: ResourceStore;
  /** Keys of objects that wait for their users to go. */
  readonly #held = new Set<string>();
  #followers: readonly ObjectFollower[] = [];
  #queue: WorkQueue | undefined;

  constructor(context: ControllerContext, options: InUseProtectionOptions) {
    this.name = options.controllerName;
    this.#context = context;
    this.#options = options;
    this.#store = context.stores.store(options.group, options.resource);
  }

  start(): void {
    const { clock, log, stores } = this.#context;
    const queue = new WorkQueue({
      clock,
      concurrency: CONCURRENCY,
      run: (key) => this.#sync(key),
      failed: (object, why) => log("warn", `${this.name} could not release an object yet`, { object, why }),
    });
    this.#queue = queue;
    const own = new ObjectFollower(
      { store: this.#store, clock, log },
      {
        seen: ({ json, namespace, name }) => {
          if (json.includes(DELETION)) queue.add(`${namespace}/${name}`);
        },
        gone: ({ namespace, name }) => this.#held.delete(`${namespace}/${name}`),
      },
    );
    const lookAgain = () => {
      for (const key of this.#held) queue.add(key);
    };
    const users = this.#options.users.map(
      (resource) =>
        new ObjectFollower(
          { store: stores.store("", resource), clock, log },
          { seen: () => {}, gone: lookAgain, restarted: lookAgain },
        ),
    );
    this.#followers = [own, ...users];
    for (const follower of this.#followers) follower.start();
  }

  async stop(): Promise<void> {
    for (const follower of this.#followers) follower.stop();
    await this.#queue?.stop();
  }

  async #sync(key: string): Promise<undefined> {
    const [namespace = "", name = ""] = key.split("/");
    const { finalizer, isInUse } = this.#options;
    const object = (await findObject(this.#store, namespace, name))?.decode();
    const { deletionTimestamp, finalizers = [], uid } = object?.metadata ?? {};
    if (!object || !deletionTimestamp || !finalizers.includes(finalizer)) {
      this.#held.delete(key);
      return undefined;
    }
    // Safety: held from before the look, so that a user that goes during it is not missed.
    this.#held.add(key);
    if (await isInUse(this.#context, object)) return undefined;
    await changeObject(this.#store, this.#context.clock, {
      namespace,
      name,
      ...(uid && { uid }),
      change: ({ metadata }) => {
        const kept = (metadata.finalizers ?? []).filter((one) => one !== finalizer);
        metadata.finalizers = kept;
        return true;
      },
    });
    this.#held.delete(key);
    return undefined;
  }
}
