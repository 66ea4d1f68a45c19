/**
 * The Lease kube-system/apiserver-<hash>: tells others which API servers there are. Renewed every ten
 * seconds, deleted at a clean stop; leases of servers that never came back are removed by the leader once
 * they have long expired.
 */
import { createHash, randomUUID } from "node:crypto";
import {
  formatMicroTime,
  type KubernetesObject,
  numberIn,
  parseLabelSelector,
  parseTime,
  stringIn,
} from "@quorate/object";
import type { ResourceStore } from "@quorate/registry";
import type { ControllerContext } from "../controller.ts";
import { Periodic } from "../periodic.ts";
import { changeObject, createIfAbsent, hasStatus, serverContext } from "../write-as-server.ts";

const NAMESPACE = "kube-system";
const IDENTITY_LABEL = "apiserver.kubernetes.io/identity";
const IDENTITY = "kube-apiserver";
const PEER_ADDRESS = "kubernetes.io/peer-advertise-address";
const DURATION_S = 3_600;
const RENEW_MS = 10_000;
const SWEEP_MS = 3_600_000;

/** RFC 4648 base32, lower case, without padding. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups
    .map((group) => "abcdefghijklmnopqrstuvwxyz234567"[parseInt(group.padEnd(5, "0"), 2)])
    .join("");
}

/** A text behind its length, so that two of them can't be taken for another two. */
function prefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The name of the lease of the server that calls itself `identity`. */
export function identityLeaseName(identity: string): string {
  const hash = createHash("sha256").update(prefixed(identity)).update(prefixed(IDENTITY)).digest();
  return `apiserver-${base32(hash.subarray(0, 16))}`;
}

/** Who the server says it is. */
export interface IdentityLeaseOptions {
  readonly hostname: string;
  /** What tells this server from others; the host's name where it is alone on it. */
  readonly identity: string;
  /** `host:port` under which other servers reach it. */
  readonly address: string;
}

/** The lease of one server: renewed while it runs, gone once it stopped cleanly. */
export class IdentityLease extends Periodic {
  readonly #context: ControllerContext;
  readonly #store: ResourceStore;
  readonly #leaseName: string;
  readonly #holder: string;
  readonly #options: IdentityLeaseOptions;

  constructor(context: ControllerContext, options: IdentityLeaseOptions) {
    const { clock, log } = context;
    super({
      name: "kube-apiserver-identity-lease-controller",
      clock,
      log,
      intervalMs: RENEW_MS,
      run: () => this.#renew(),
    });
    this.#context = context;
    this.#options = options;
    this.#store = context.stores.store("coordination.k8s.io", "leases");
    this.#leaseName = identityLeaseName(options.identity);
    this.#holder = `${this.#leaseName}_${randomUUID()}`;
  }

  /** Stops and takes the lease away, so that nobody takes a server for alive that is not. */
  override async stop(): Promise<void> {
    await super.stop();
    try {
      await this.#store.delete(NAMESPACE, this.#leaseName, {}, serverContext(this.#context.clock, NAMESPACE));
    } catch {
      // It expires by itself.
    }
  }

  #spec(): NonNullable<KubernetesObject["spec"]> {
    const renewTime = formatMicroTime(this.#context.clock.wallMs());
    return { holderIdentity: this.#holder, leaseDurationSeconds: DURATION_S, renewTime };
  }

  async #renew(): Promise<void> {
    const { hostname, address } = this.#options;
    const { clock } = this.#context;
    const created = await createIfAbsent(this.#store, clock, {
      kind: "Lease",
      apiVersion: "coordination.k8s.io/v1",
      metadata: {
        name: this.#leaseName,
        namespace: NAMESPACE,
        labels: { [IDENTITY_LABEL]: IDENTITY, "kubernetes.io/hostname": hostname },
        annotations: { [PEER_ADDRESS]: address },
      },
      spec: this.#spec(),
    });
    if (created) return;
    await changeObject(this.#store, clock, {
      namespace: NAMESPACE,
      name: this.#leaseName,
      change: (lease) => {
        lease.spec = { ...lease.spec, ...this.#spec() };
        lease.metadata.annotations = { ...lease.metadata.annotations, [PEER_ADDRESS]: address };
        return true;
      },
    });
  }
}

/** Removes the identity leases that have expired, every hour. */
export function identityLeaseSweep({ stores, clock, log }: ControllerContext): Periodic {
  const store = stores.store("coordination.k8s.io", "leases");
  const labelSelector = parseLabelSelector(`${IDENTITY_LABEL}=${IDENTITY}`);
  const sweep = async () => {
    const { items } = await store.list({ namespace: NAMESPACE, labelSelector });
    for (const item of items) {
      const { metadata, spec } = item.decode();
      const expiresMs =
        parseTime(stringIn(spec, "renewTime")) + numberIn(spec, "leaseDurationSeconds") * 1000;
      if (expiresMs > clock.wallMs()) continue;
      const { uid = "", resourceVersion = "" } = metadata;
      try {
        const preconditions = { uid, resourceVersion };
        await store.delete(NAMESPACE, item.name, { preconditions }, serverContext(clock, NAMESPACE));
      } catch (error) {
        if (!hasStatus(error, 404) && !hasStatus(error, 409)) throw error;
      }
    }
  };
  return new Periodic({
    name: "kube-apiserver-identity-lease-garbage-collector",
    clock,
    log,
    intervalMs: SWEEP_MS,
    run: sweep,
  });
}
