/**
 * Leadership by a Lease object, for members that share a store which has no leader of ours: as client-go
 * elects. The holder renews, others take over once the lease has not moved for its whole duration by their
 * own clock, so clocks need not agree.
 */
import type { Timer } from "@quorate/base";
import { formatMicroTime, type KubernetesObject, numberIn, stringIn } from "@quorate/object";
import type { ResourceStore } from "@quorate/registry";
import type { Controller, ControllerContext } from "./controller.ts";
import type { Leadership } from "./leadership.ts";
import { changeObject, createIfAbsent, findObject } from "./write-as-server.ts";

/** What is contended for, and by whom. */
export interface LeaseElectionOptions {
  /** The Lease's name, in kube-system. */
  readonly lease: string;
  /** What tells this candidate from others. */
  readonly holder: string;
}

const NAMESPACE = "kube-system";
const DURATION_MS = 15_000;
const RETRY_MS = 2_000;
/** A holder that could not renew for so long does not lead any more. */
const RENEW_DEADLINE_MS = 10_000;

/** One candidate: leads from a successful write of the lease until it can't renew it in time, or stops. */
export class LeaseElection implements Leadership, Controller {
  readonly name = "lease-election";
  readonly #context: ControllerContext;
  readonly #options: LeaseElectionOptions;
  readonly #store: ResourceStore;
  readonly #listeners = new Set<() => void>();
  #isLeader = false;
  #renewedAtMs = 0;
  /** The lease as it was when it last moved, and when that was seen. */
  #seen = { revision: -1, atMs: 0 };
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = true;

  constructor(context: ControllerContext, options: LeaseElectionOptions) {
    this.#context = context;
    this.#options = options;
    this.#store = context.stores.store("coordination.k8s.io", "leases");
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#running = this.#tick();
  }

  /** Gives the lease up, so that another takes over at once. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
    const held = this.#isLeader;
    this.#set(false);
    if (!held) return;
    await this.#change((spec) => {
      if (spec["holderIdentity"] !== this.#options.holder) return undefined;
      return { ...spec, holderIdentity: "", leaseDurationSeconds: 1 };
    }).catch(() => {});
  }

  async #tick(): Promise<void> {
    const { clock, log } = this.#context;
    try {
      const holds = await this.#tryHold();
      if (holds) this.#renewedAtMs = clock.now();
      this.#set(holds);
    } catch (error) {
      log("debug", "the lease could not be renewed", { why: String(error) });
      if (clock.now() - this.#renewedAtMs > RENEW_DEADLINE_MS) this.#set(false);
    }
    if (this.#isStopped) return;
    this.#timer = clock.setTimer(RETRY_MS, () => {
      this.#running = this.#tick();
    });
  }

  #set(isLeader: boolean): void {
    if (this.#isLeader === isLeader) return;
    this.#isLeader = isLeader;
    for (const listener of this.#listeners) listener();
  }

  async #tryHold(): Promise<boolean> {
    const { clock } = this.#context;
    const { lease, holder } = this.#options;
    const now = formatMicroTime(clock.wallMs());
    const found = await findObject(this.#store, NAMESPACE, lease);
    if (!found) {
      const spec = {
        holderIdentity: holder,
        leaseDurationSeconds: DURATION_MS / 1000,
        acquireTime: now,
        renewTime: now,
        leaseTransitions: 0,
      };
      const metadata = { name: lease, namespace: NAMESPACE };
      const object: KubernetesObject = {
        kind: "Lease",
        apiVersion: "coordination.k8s.io/v1",
        metadata,
        spec,
      };
      return (await createIfAbsent(this.#store, clock, object)) !== undefined;
    }
    if (found.revision !== this.#seen.revision) this.#seen = { revision: found.revision, atMs: clock.now() };
    return this.#change((spec) => {
      const current = stringIn(spec, "holderIdentity");
      const durationMs = numberIn(spec, "leaseDurationSeconds") * 1000;
      const isFree = current === "" || clock.now() - this.#seen.atMs > durationMs;
      if (current === holder) return { ...spec, renewTime: now };
      if (!isFree) return undefined;
      const transitions = numberIn(spec, "leaseTransitions") + 1;
      return {
        ...spec,
        holderIdentity: holder,
        leaseDurationSeconds: DURATION_MS / 1000,
        acquireTime: now,
        renewTime: now,
        leaseTransitions: transitions,
      };
    }, found.revision);
  }

  /** Whether the lease was changed; `revision`: only if it is still as it was then. */
  async #change(
    next: (spec: NonNullable<KubernetesObject["spec"]>) => KubernetesObject["spec"],
    revision?: number,
  ): Promise<boolean> {
    const changed = await changeObject(this.#store, this.#context.clock, {
      namespace: NAMESPACE,
      name: this.#options.lease,
      change: (lease) => {
        if (revision !== undefined && lease.metadata.resourceVersion !== String(revision)) return false;
        const spec = next(lease.spec ?? {});
        if (spec) lease.spec = spec;
        return spec !== undefined;
      },
    });
    if (changed) this.#seen = { revision: changed.revision, atMs: this.#context.clock.now() };
    return changed !== undefined;
  }
}
