/**
 * The address of the `kubernetes` service: the first one of the service range, as every component expects.
 */
import { isIPv6 } from "node:net";

/** The reference's default of --service-cluster-ip-range. */
export const DEFAULT_SERVICE_RANGE = "10.0.0.0/24";

function bigintOf(address: string): bigint {
  if (!isIPv6(address)) {
    return address.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  }
  const [head = "", tail] = address.split("::");
  const groupsOf = (text: string) => (text === "" ? [] : text.split(":"));
  const [left, right] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n);
}

function textOf(value: bigint, isV6: boolean): string {
  const [parts, bits] = isV6 ? [8, 16n] : [4, 8n];
  const groups = Array.from(
    { length: parts },
    (_, i) => (value >> (bits * BigInt(parts - 1 - i))) & ((1n << bits) - 1n),
  );
  if (!isV6) return groups.join(".");
  // A URL's host is written in the short form that every component expects.
  const long = groups.map((group) => group.toString(16)).join(":");
  return new URL(`http://[${long}]`).hostname.slice(1, -1);
}

/** The first usable address of `range` (the first of two ranges). */
export function kubernetesServiceAddress(range: string): string {
  const [address = "", bits = "0"] = range.split(",")[0]!.split("/");
  const isV6 = isIPv6(address);
  const hostBits = BigInt((isV6 ? 128 : 32) - Number(bits));
  const network = (bigintOf(address) >> hostBits) << hostBits;
  return textOf(network + 1n, isV6);
}
