/** The TLS flags of one side (clients or peers), checked; the files are read when the side is opened. */
import { getCiphers } from "node:tls";
import { CodedError } from "@quorate/base";
import type { FlagValues } from "./flag-values.ts";

/** A TLS version as Node names it. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** What was given for one side. */
export interface TlsConfig {
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** For outgoing connections, where it is another. */
  readonly clientCertFile: string | undefined;
  readonly clientKeyFile: string | undefined;
  readonly caFile: string | undefined;
  readonly crlFile: string | undefined;
  readonly clientCertAuth: boolean;
  /** Make a certificate where none is given. */
  readonly auto: boolean;
  readonly allowedNames: readonly string[];
  readonly allowedHostnames: readonly string[];
  readonly validityYears: number;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion | undefined;
  /** OpenSSL's names with colons between. */
  readonly ciphers: string | undefined;
}

const VERSIONS: Readonly<Record<string, TlsVersion>> = { "TLS1.2": "TLSv1.2", "TLS1.3": "TLSv1.3" };

/** IANA names of the suites that etcd takes, and OpenSSL's. */
const SUITES: Readonly<Record<string, string>> = {
  TLS_RSA_WITH_AES_128_CBC_SHA: "AES128-SHA",
  TLS_RSA_WITH_AES_256_CBC_SHA: "AES256-SHA",
  TLS_RSA_WITH_AES_128_CBC_SHA256: "AES128-SHA256",
  TLS_RSA_WITH_AES_128_GCM_SHA256: "AES128-GCM-SHA256",
  TLS_RSA_WITH_AES_256_GCM_SHA384: "AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: "ECDHE-ECDSA-AES128-SHA256",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: "ECDHE-RSA-AES128-SHA256",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_AES_128_GCM_SHA256: "TLS_AES_128_GCM_SHA256",
  TLS_AES_256_GCM_SHA384: "TLS_AES_256_GCM_SHA384",
  TLS_CHACHA20_POLY1305_SHA256: "TLS_CHACHA20_POLY1305_SHA256",
};

function refuse(message: string): never {
  throw new CodedError("BAD_FLAGS", message);
}

function versionOf(text: string): TlsVersion | undefined {
  if (text === "") return undefined;
  return (
    VERSIONS[text] ??
    refuse(`unexpected TLS version ${JSON.stringify(text)} (must be one of: TLS1.2, TLS1.3)`)
  );
}

function ciphersOf(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const known = new Set(getCiphers().map((name) => name.toUpperCase()));
  const suites = names.map(
    (name) => SUITES[name] ?? refuse(`unexpected TLS cipher suite ${JSON.stringify(name)}`),
  );
  const offered = suites.filter((suite) => known.has(suite.toUpperCase()));
  // TLS 1.3's suites can't be chosen in etcd: they are there whatever is set.
  const modern = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
  return [...new Set([...modern, ...offered])].join(":");
}

/** `prefix` is "" for clients and "peer-" for members. Throws BAD_FLAGS for what does not go together. */
export function tlsConfigOf(
  values: FlagValues,
  prefix: "" | "peer-",
  versions: { readonly minimum: string; readonly maximum: string },
): TlsConfig {
  const file = (name: string) => values.text(`${prefix}${name}`) || undefined;
  const [certFile, keyFile] = [file("cert-file"), file("key-file")];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    refuse(
      `KeyFile and CertFile must both be present[key: ${keyFile ?? ""}, cert: ${certFile ?? ""}]: ` +
        `give --${prefix}cert-file and --${prefix}key-file`,
    );
  }
  const minVersion = versionOf(versions.minimum) ?? "TLSv1.2";
  const maxVersion = versionOf(versions.maximum);
  if (maxVersion && minVersion > maxVersion) {
    refuse(`min version (${versions.minimum}) is greater than max version (${versions.maximum})`);
  }
  const suites = values.list("cipher-suites");
  if (minVersion === "TLSv1.3" && suites.length > 0) {
    refuse("cipher suites cannot be configured when only TLS1.3 is enabled");
  }
  const allowedHostnames = values.list(
    prefix ? "peer-cert-allowed-hostname" : "client-cert-allowed-hostname",
  );
  const allowedNames = prefix ? values.list("peer-cert-allowed-cn") : [];
  if (allowedNames.length > 0 && allowedHostnames.length > 0) {
    refuse(
      `AllowedCNs and AllowedHostnames are mutually exclusive (cns=${JSON.stringify(allowedNames)}, ` +
        `hostnames=${JSON.stringify(allowedHostnames)})`,
    );
  }
  return {
    certFile,
    keyFile,
    clientCertFile: values.text(`${prefix}client-cert-file`) || undefined,
    clientKeyFile: values.text(`${prefix}client-key-file`) || undefined,
    caFile: file("trusted-ca-file"),
    crlFile: values.text(prefix ? "peer-crl-file" : "client-crl-file") || undefined,
    clientCertAuth: values.bool(`${prefix}client-cert-auth`),
    auto: values.bool(`${prefix}auto-tls`),
    allowedNames,
    allowedHostnames,
    validityYears: values.number("self-signed-cert-validity") || 1,
    minVersion,
    maxVersion,
    ciphers: ciphersOf(suites),
  };
}
