/**
 * The ConfigMap kube-system/extension-apiserver-authentication: how extension API servers tell who a request
 * comes from. Several servers write it; each adds its authorities and takes none away.
 */
import { type KubernetesObject, stringMapIn } from "@quorate/object";

/** Where the ConfigMap lies. */
export const AUTHENTICATION_INFO = { namespace: "kube-system", name: "extension-apiserver-authentication" };

/** PEM bundles of the authorities that clients' certificates are checked with. */
export interface AuthenticationInfo {
  readonly clientAuthority: string;
  /** What --requestheader-client-ca-file and its companions say; absent without a front proxy. */
  readonly requestHeader?: {
    readonly authority: string;
    readonly allowedNames: readonly string[];
    readonly usernameHeaders: readonly string[];
    readonly groupHeaders: readonly string[];
    readonly extraHeadersPrefix: readonly string[];
    readonly uidHeaders?: readonly string[];
  };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

function mergePem(known: string | undefined, own: string): string {
  const all = [...(known ?? "").matchAll(CERTIFICATE), ...own.matchAll(CERTIFICATE)];
  return [...new Set(all.map(([pem]) => pem))].map((pem) => `${pem}\n`).join("");
}

function mergeList(known: string | undefined, own: readonly string[]): string {
  let before: string[] = [];
  try {
    before = known === undefined ? [] : (JSON.parse(known) as string[]);
  } catch {
    // What nobody can read is replaced.
  }
  return JSON.stringify([...new Set([...before, ...own])]);
}

/** The data with this server's part added to it. */
function mergeInfo(data: Readonly<Record<string, string>>, info: AuthenticationInfo): Record<string, string> {
  const merged: Record<string, string> = {
    ...data,
    "client-ca-file": mergePem(data["client-ca-file"], info.clientAuthority),
  };
  const header = info.requestHeader;
  if (!header) return merged;
  merged["requestheader-client-ca-file"] = mergePem(data["requestheader-client-ca-file"], header.authority);
  const lists = {
    "requestheader-allowed-names": header.allowedNames,
    "requestheader-username-headers": header.usernameHeaders,
    "requestheader-group-headers": header.groupHeaders,
    "requestheader-extra-headers-prefix": header.extraHeadersPrefix,
    ...(header.uidHeaders?.length ? { "requestheader-uid-headers": header.uidHeaders } : {}),
  };
  for (const [key, values] of Object.entries(lists)) merged[key] = mergeList(data[key], values);
  return merged;
}

/** A new ConfigMap. */
export function authenticationInfoObject(info: AuthenticationInfo): KubernetesObject {
  return {
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { ...AUTHENTICATION_INFO },
    data: mergeInfo({}, info),
  };
}

/** Adds this server's part in place; false where it is in there already. */
export function addAuthenticationInfo(configMap: KubernetesObject, info: AuthenticationInfo): boolean {
  const data = stringMapIn(configMap, "data");
  const merged = mergeInfo(data, info);
  if (Object.entries(merged).every(([key, value]) => data[key] === value)) return false;
  configMap["data"] = merged;
  return true;
}
