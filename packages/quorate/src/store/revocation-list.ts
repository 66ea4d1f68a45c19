/**
 * Lists of revoked certificates. Loaded only where one is given, since the x509 library costs a part of a
 * start.
 */
import "reflect-metadata";
import { X509Crl } from "@peculiar/x509";

/**
 * The serial numbers of a list, PEM or DER, in capital hex digits as Node shows them. Throws for what is no
 * list.
 */
export function revokedSerials(bytes: Buffer): string[] {
  const isPem = bytes.includes("-----BEGIN");
  const list = new X509Crl(isPem ? bytes.toString("latin1") : new Uint8Array(bytes));
  return list.entries.map(({ serialNumber }) => serialNumber.toUpperCase());
}
