/**
 * namespace-controller: empties a namespace that is being deleted, says on its status what is in the way, and
 * takes the `kubernetes` finalizer off once nothing is left, which lets the namespace go.
 *
 * Safety: another member may still believe the namespace alive for a moment and let a create through. So the
 * first pass waits until every member's cache has had time to see the deletion, and content is looked at
 * again before the finalizer goes.
 */

import type { JsonObject } from "@quorate/object";
import { formatTime, type KubernetesObject, listIn, stringsIn } from "@quorate/object";
import type { ResourceStore } from "@quorate/registry";
import type { Controller, ControllerContext } from "../controller.ts";
import { ObjectFollower } from "../object-follower.ts";
import { WorkQueue } from "../work-queue.ts";
import { changeObject, findObject, serverContext } from "../write-as-server.ts";
import { updateNamespaceConditions } from "./namespace-conditions.ts";
import { type ContentPass, deleteNamespaceContent } from "./namespace-content.ts";

/** How careful it has to be. */
export interface NamespaceDeletionOptions {
  /** How long after the deletion the first pass begins. */
  readonly settleMs: number;
}

const CONCURRENCY = 10;
const FINALIZER = "kubernetes";
/** Bounds of the pause before content that finalizers or grace periods hold is looked at again. */
const FIRST_LOOK_MS = 500;
const LAST_LOOK_MS = 8_000;

/** Whether bytes of a namespace may be those of one that is being deleted; decoded only then. */
const DELETION = Buffer.from('"deletionTimestamp"');

/** Finishes every namespace that is being deleted, also those from before it started. */
export class NamespaceDeletion implements Controller {
  readonly name = "namespace-controller";
  readonly #context: ControllerContext;
  readonly #options: NamespaceDeletionOptions;
  readonly #namespaces: ResourceStore;
  readonly #looks = new Map<string, number>();
  #follower: ObjectFollower | undefined;
  #queue: WorkQueue | undefined;

  constructor(context: ControllerContext, options: NamespaceDeletionOptions) {
    this.#context = context;
    this.#options = options;
    this.#namespaces = context.stores.store("", "namespaces");
  }

  start(): void {
    const { clock, log } = this.#context;
    const queue = new WorkQueue({
      clock,
      concurrency: CONCURRENCY,
      run: (name) => this.#sync(name),
      failed: (namespace, why) => log("warn", "a namespace could not be emptied yet", { namespace, why }),
    });
    this.#queue = queue;
    this.#follower = new ObjectFollower(
      { store: this.#namespaces, clock, log },
      {
        seen: (object) => {
          if (object.json.includes(DELETION)) queue.addAfter(object.name, this.#options.settleMs);
        },
        gone: (object) => this.#looks.delete(object.name),
      },
    );
    this.#follower.start();
  }

  async stop(): Promise<void> {
    this.#follower?.stop();
    await this.#queue?.stop();
  }

  /** One pass; answers after how many milliseconds the next is due. */
  async #sync(name: string): Promise<number | undefined> {
    const found = await findObject(this.#namespaces, "", name);
    const namespace = found?.decode();
    const { deletionTimestamp } = namespace?.metadata ?? {};
    if (!namespace || !deletionTimestamp) return undefined;
    if (stringsIn(namespace.spec, "finalizers").length === 0) return this.#remove(namespace);
    const pass = await deleteNamespaceContent(this.#context, name, deletionTimestamp);
    await this.#writeStatus(namespace, pass);
    const { remaining, errors } = pass.findings;
    if (errors.length > 0) throw new Error(errors.join(", "));
    if (remaining.length > 0) return this.#nextLookMs(name);
    this.#looks.delete(name);
    await this.#finalize(namespace);
    return undefined;
  }

  #nextLookMs(name: string): number {
    const looks = this.#looks.get(name) ?? 0;
    this.#looks.set(name, looks + 1);
    return Math.min(FIRST_LOOK_MS * 2 ** looks, LAST_LOOK_MS);
  }

  async #writeStatus({ metadata }: KubernetesObject, { findings }: ContentPass): Promise<void> {
    const { clock } = this.#context;
    await changeObject(this.#namespaces, clock, {
      namespace: "",
      name: metadata.name!,
      uid: metadata.uid!,
      subresource: "status",
      change: (current) => {
        const conditions = [...(listIn(current.status, "conditions") as JsonObject[])];
        const isChanged = updateNamespaceConditions(conditions, findings, formatTime(clock.wallMs()));
        const isTerminating = current.status?.["phase"] === "Terminating";
        if (!isChanged && isTerminating) return false;
        current.status = { ...current.status, phase: "Terminating", conditions };
        return true;
      },
    });
  }

  async #finalize({ metadata }: KubernetesObject): Promise<void> {
    const finalized = await changeObject(this.#namespaces, this.#context.clock, {
      namespace: "",
      name: metadata.name!,
      uid: metadata.uid!,
      subresource: "finalize",
      change: (current) => {
        const finalizers = stringsIn(current.spec, "finalizers");
        if (!finalizers.includes(FINALIZER)) return false;
        current.spec = { ...current.spec, finalizers: finalizers.filter((one) => one !== FINALIZER) };
        return true;
      },
    });
    const after = finalized?.decode();
    if (after && stringsIn(after.spec, "finalizers").length === 0) await this.#remove(after);
  }

  /**
   * The last step where the store has not taken it by itself; finalizers of its metadata may still hold it.
   */
  async #remove({ metadata }: KubernetesObject): Promise<undefined> {
    const { clock } = this.#context;
    const current = await findObject(this.#namespaces, "", metadata.name!);
    const now = current?.decode().metadata;
    if (!now || now.uid !== metadata.uid || (now.finalizers?.length ?? 0) > 0) return undefined;
    await this.#namespaces.delete(
      "",
      metadata.name!,
      { preconditions: { uid: metadata.uid! } },
      serverContext(clock, ""),
    );
    return undefined;
  }
}
