/**
 * The node ports of Services. Each is a key of its own below `ranges/servicenodeports/`, written in one txn
 * with its Service. Deviation: the reference keeps one bitmap, which writers of all Services contend for and
 * which a crash leaves wrong until it is repaired.
 */
import type { Random } from "@quorate/base";
import {
  internalError,
  invalid,
  invalidObject,
  type JsonObject,
  type KubernetesObject,
  numberIn,
  objectsIn,
  stringIn,
} from "@quorate/object";
import { needsHealthPort, needsNodePort } from "@quorate/schema";
import type { ResourceCache } from "../cache/resource-cache.ts";
import type { CompanionWrite } from "../object-writer.ts";
import type { PortRange } from "./port-range.ts";

const SERVICE = { group: "", kind: "Service" };

/** Where ports are kept and come from. */
export interface ServicePortsOptions {
  /** Keys are port numbers. */
  readonly ports: ResourceCache;
  readonly services: ResourceCache;
  readonly range: PortRange;
  readonly random: Random;
}

/** Gives Services their node ports. */
export class ServicePorts {
  readonly #options: ServicePortsOptions;
  /** Ports of services that somebody else has stored, without a key of ours. */
  #foreign: Set<number> | undefined;

  constructor(options: ServicePortsOptions) {
    this.#options = options;
  }

  /** Fills in node ports of `next`; gives the keys to write and to delete. */
  companions(next: KubernetesObject | undefined, current: KubernetesObject | undefined): CompanionWrite[] {
    const before = portsOf(current?.spec);
    if (before.size === 0 && !(next?.spec && needsNodePort(next.spec))) return [];
    if (next) new PortTaker(next, before, this).take();
    const after = portsOf(next?.spec);
    const { namespace, name } = (next ?? current!).metadata;
    const owner = Buffer.from(JSON.stringify({ service: `${namespace}/${name}` }));
    const { prefix } = this.#options.ports;
    return [
      ...[...after]
        .filter((port) => !before.has(port))
        .map((port) => ({ key: `${prefix}${port}`, value: owner })),
      ...[...before]
        .filter((port) => !after.has(port))
        .map((port) => ({ key: `${prefix}${port}`, value: undefined })),
    ];
  }

  get range(): PortRange {
    return this.#options.range;
  }

  isTaken(port: number): boolean {
    this.#foreign ??= this.#findForeign();
    return this.#foreign.has(port) || this.#options.ports.tree.get(String(port)) !== undefined;
  }

  findFree(isTaken: (port: number) => boolean): number | undefined {
    return this.#options.range.findFree(isTaken, this.#options.random);
  }

  #findForeign(): Set<number> {
    const { services, ports } = this.#options;
    const foreign = new Set<number>();
    services.tree.visit("", undefined, (_key, service) => {
      for (const port of portsOf(service.decode().spec)) if (!ports.tree.get(String(port))) foreign.add(port);
      return true;
    });
    return foreign;
  }
}

/** One service's taking of ports. */
class PortTaker {
  readonly #service: KubernetesObject;
  readonly #spec: JsonObject;
  readonly #owned: ReadonlySet<number>;
  readonly #ports: ServicePorts;
  readonly #taken = new Set<number>();

  constructor(service: KubernetesObject, owned: ReadonlySet<number>, ports: ServicePorts) {
    this.#service = service;
    this.#spec = service.spec ?? {};
    this.#owned = owned;
    this.#ports = ports;
  }

  take(): void {
    if (needsNodePort(this.#spec)) this.#takePorts();
    if (!needsHealthPort(this.#spec)) return;
    const asked = numberIn(this.#spec, "healthCheckNodePort");
    if (asked === 0) this.#spec.healthCheckNodePort = this.#free("a HealthCheck NodePort");
    else if (!this.#owned.has(asked)) {
      const why = this.#refusal(asked);
      if (why) throw internalError(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
      this.#taken.add(asked);
    }
  }

  #takePorts(): void {
    const ports = objectsIn(this.#spec, "ports");
    const isAuto =
      stringIn(this.#spec, "type") === "NodePort" || this.#spec.allocateLoadBalancerNodePorts !== false;
    ports.forEach((port, index) => {
      const asked = numberIn(port, "nodePort");
      if (asked === 0 || this.#owned.has(asked) || this.#taken.has(asked)) return;
      const why = this.#refusal(asked);
      if (why) {
        const error = invalid(`spec.ports[${index}].nodePort`, asked, why);
        throw invalidObject(SERVICE, this.#service.metadata.name ?? "", [error]);
      }
      this.#taken.add(asked);
    });
    if (!isAuto) return;
    for (const port of ports) {
      // The same port of another protocol shares the node port.
      if (numberIn(port, "nodePort") === 0)
        port.nodePort = sharedPort(ports, port) ?? this.#free("a nodePort");
    }
  }

  #refusal(port: number): string | undefined {
    const { range } = this.#ports;
    if (!range.contains(port)) {
      return `provided port is not in the valid range. The range of valid ports is ${range}`;
    }
    return this.#ports.isTaken(port) ? "provided port is already allocated" : undefined;
  }

  #free(what: string): number {
    const isTaken = (port: number): boolean =>
      this.#ports.isTaken(port) || this.#taken.has(port) || this.#owned.has(port);
    const port = this.#ports.findFree(isTaken);
    if (port === undefined) throw internalError(`failed to allocate ${what}: range is full`);
    this.#taken.add(port);
    return port;
  }
}

/** The node port of another entry with the same port and another protocol. */
function sharedPort(ports: readonly JsonObject[], port: JsonObject): number | undefined {
  const number = numberIn(port, "port");
  const protocol = stringIn(port, "protocol");
  const used = new Set(
    ports.filter((item) => stringIn(item, "protocol") === protocol).map((item) => numberIn(item, "nodePort")),
  );
  const other = ports.find(
    (item) =>
      numberIn(item, "port") === number &&
      numberIn(item, "nodePort") !== 0 &&
      !used.has(numberIn(item, "nodePort")),
  );
  return other && numberIn(other, "nodePort");
}

function portsOf(spec: JsonObject | undefined): Set<number> {
  const ports = new Set<number>();
  if (!spec || !needsNodePort(spec)) return ports;
  for (const port of objectsIn(spec, "ports")) ports.add(numberIn(port, "nodePort"));
  ports.add(numberIn(spec, "healthCheckNodePort"));
  ports.delete(0);
  return ports;
}
