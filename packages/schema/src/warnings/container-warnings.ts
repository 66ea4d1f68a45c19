/** Warnings of the containers of a pod: names that hide others, ports that meet, fractions of a byte. */
import {
  hasField,
  type JsonObject,
  numberIn,
  objectIn,
  objectsIn,
  Quantity,
  stringIn,
} from "@quorate/object";

interface Placed {
  readonly container: JsonObject;
  readonly field: string;
}

/** Init containers first, as the reference visits them. */
export function placedContainers(spec: JsonObject, field: string): readonly Placed[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    objectsIn(spec, list).map((container, index) => ({ container, field: `${field}.${list}[${index}]` })),
  );
}

/** Warnings of all containers of the pod whose spec stands at `field`. */
export function containerWarnings(spec: JsonObject, field: string): string[] {
  const placed = placedContainers(spec, field);
  return [
    ...placed.flatMap(({ container, field: path }) => [
      ...fractionWarnings(container, path),
      ...envWarnings(container, path),
    ]),
    ...portWarnings(placed),
    ...portNameWarnings(placed),
  ];
}

function fractionWarnings(container: JsonObject, field: string): string[] {
  const resources = objectIn(container, "resources");
  return ["memory", "ephemeral-storage"].flatMap((name) =>
    ["limits", "requests"].flatMap((list) =>
      byteFraction(objectIn(resources, list), name, `${field}.resources.${list}`),
    ),
  );
}

/** Says where an amount of bytes is no whole number. */
export function byteFraction(amounts: JsonObject, name: string, field: string): string[] {
  if (!hasField(amounts, name)) return [];
  const quantity = Quantity.parse(amounts[name] as string);
  if (quantity.milliValue() % 1000n === 0n) return [];
  return [`${field}[${name}]: fractional byte value "${quantity}" is invalid, must be an integer`];
}

function envWarnings(container: JsonObject, field: string): string[] {
  const seen = new Set<string>();
  return objectsIn(container, "env").flatMap((item, index) => {
    const name = stringIn(item, "name");
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const value = stringIn(item, "value");
    const reference = `$(${name})`;
    // One that builds on the value before is meant.
    if (!hasField(item, "valueFrom") && value !== reference && value.includes(reference)) return [];
    const hides = `hides previous definition of "${name}", which may be dropped when using apply`;
    return [`${field}.env[${index}]: ${hides}`];
  });
}

interface PlacedPort {
  readonly port: JsonObject;
  readonly field: string;
}

function placedPorts(placed: readonly Placed[]): readonly PlacedPort[] {
  return placed.flatMap(({ container, field }) =>
    objectsIn(container, "ports").map((port, index) => ({ port, field: `${field}.ports[${index}]` })),
  );
}

function portWarnings(placed: readonly Placed[]): string[] {
  const byNumber = new Map<string, PlacedPort[]>();
  return placedPorts(placed).flatMap((one) => {
    const key = `${numberIn(one.port, "containerPort")}/${stringIn(one.port, "protocol")}`;
    const others = byNumber.get(key) ?? [];
    byNumber.set(key, [...others, one]);
    return others.flatMap((other) => {
      const relation = portRelation(one.port, other.port);
      return relation === undefined ? [] : [`${one.field}: ${relation} port definition with ${other.field}`];
    });
  });
}

/** How two entries of one port and protocol get into each other's way. */
function portRelation(port: JsonObject, other: JsonObject): string | undefined {
  const [ip, otherIp] = [stringIn(port, "hostIP"), stringIn(other, "hostIP")];
  const [host, otherHost] = [numberIn(port, "hostPort"), numberIn(other, "hostPort")];
  if (ip === otherIp && host === otherHost) return "duplicate";
  if (host === 0 || otherHost === 0) return "overlapping";
  if (host === otherHost && (ip === "") !== (otherIp === "")) return "dangerously ambiguous";
  return undefined;
}

function portNameWarnings(placed: readonly Placed[]): string[] {
  const byName = new Map<string, string>();
  return placedPorts(placed).flatMap(({ port, field }) => {
    const name = stringIn(port, "name");
    const other = byName.get(name);
    if (name === "") return [];
    if (other === undefined) {
      byName.set(name, field);
      return [];
    }
    const use = `services and probes that select ports by name will use ${other}`;
    return [`${field}: duplicate port name "${name}" with ${other}, ${use}`];
  });
}
