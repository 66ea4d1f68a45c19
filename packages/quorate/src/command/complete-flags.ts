/**
 * From the flags of `quorate serve` to what a member needs. Flags that need each other are checked together,
 * and what was not given is made: certificates and a kubeconfig in the data directory, a cluster of this
 * member alone.
 */

import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { CodedError } from "@quorate/base";
import { type ControllerName, selectControllers } from "@quorate/controllers/controller-selection";
import { type ClusterCertificates, ensureClusterCertificates } from "../certificates/cluster-certificates.ts";
import type { ExternalEtcd } from "../external-etcd.ts";
import { writeKubeconfig } from "../kubeconfig.ts";
import type { KeyPairFiles, MemberOptions } from "../member/member-options.ts";
import { kubernetesServiceAddress } from "../member/service-address.ts";
import type { ServeFlags } from "./serve-flags.ts";

const MEMBER_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

function refuse(message: string): never {
  throw new CodedError("BAD_FLAGS", message);
}

/** Both or none. */
function checkPair(one: [string, unknown], other: [string, unknown]): void {
  if ((one[1] === undefined) === (other[1] === undefined)) return;
  const [given, missing] = one[1] === undefined ? [other[0], one[0]] : [one[0], other[0]];
  refuse(`${given} needs ${missing} beside it: give both, or none`);
}

function checkFlags(flags: ServeFlags): void {
  if (!MEMBER_NAME.test(flags.name)) {
    refuse(
      `--name ${JSON.stringify(flags.name)} must be letters, digits, dots and dashes, at most 64 of them`,
    );
  }
  checkPair(["--tls-cert-file", flags.tlsCertFile], ["--tls-private-key-file", flags.tlsPrivateKeyFile]);
  checkPair(["--peer-cert-file", flags.peerCertFile], ["--peer-key-file", flags.peerKeyFile]);
  checkPair(["--peer-cert-file", flags.peerCertFile], ["--peer-trusted-ca-file", flags.peerTrustedCaFile]);
  checkPair(
    ["--service-account-signing-key-file", flags.serviceAccountSigningKeyFile],
    ["--service-account-key-file", flags.serviceAccountKeyFile],
  );
  checkExternal(flags);
  if (flags.electionTimeout < 5 * flags.heartbeatInterval) {
    refuse(
      `--election-timeout ${flags.electionTimeout} must be at least five times ` +
        `--heartbeat-interval ${flags.heartbeatInterval}`,
    );
  }
  if (flags.initialCluster?.includes(",") && !flags.peerCertFile && /=https:/.test(flags.initialCluster)) {
    refuse(
      "--initial-cluster names several members over https: they need certificates of one authority, " +
        "given by --peer-cert-file, --peer-key-file and --peer-trusted-ca-file",
    );
  }
}

/** On an external etcd there is no replica, and nothing that says how it should be. */
function checkExternal(flags: ServeFlags): void {
  checkPair(["--etcd-certfile", flags.etcdCertfile], ["--etcd-keyfile", flags.etcdKeyfile]);
  if (!/^\/.*[^/]$/.test(flags.etcdPrefix)) {
    refuse(`--etcd-prefix ${JSON.stringify(flags.etcdPrefix)} must begin with a slash and not end with one`);
  }
  const { etcdServers, etcdCafile, etcdCertfile, initialCluster, peerCertFile } = flags;
  if (!etcdServers) {
    const given = etcdCafile ? "--etcd-cafile" : etcdCertfile ? "--etcd-certfile" : undefined;
    if (given) refuse(`${given} needs --etcd-servers beside it: without it the store is the member's own`);
    return;
  }
  const own = initialCluster ? "--initial-cluster" : peerCertFile ? "--peer-cert-file" : undefined;
  if (own) refuse(`${own} is for a member's own store: leave it out, or --etcd-servers`);
}

function externalStoreOf(flags: ServeFlags): ExternalEtcd | undefined {
  const { etcdServers, etcdCafile, etcdCertfile, etcdKeyfile } = flags;
  if (!etcdServers) return undefined;
  return {
    servers: etcdServers,
    ...(etcdCafile ? { authorityFile: resolve(etcdCafile) } : {}),
    ...(etcdCertfile ? { certificateFile: resolve(etcdCertfile), keyFile: resolve(etcdKeyfile!) } : {}),
  };
}

/** Where etcd's clients are served; what is not given is what the members use among themselves. */
function etcdClientsOf(
  flags: ServeFlags,
  peerTls: (KeyPairFiles & { readonly authorityFile: string }) | undefined,
): Pick<MemberOptions, "etcdClients"> {
  const { listenClientUrls, certFile, keyFile, trustedCaFile, clientCertAuth } = flags;
  checkPair(["--cert-file", certFile], ["--key-file", keyFile]);
  if (!listenClientUrls) {
    const given = certFile ? "--cert-file" : trustedCaFile ? "--trusted-ca-file" : undefined;
    if (given) refuse(`${given} needs --listen-client-urls beside it`);
    return {};
  }
  const plain = listenClientUrls.find((url) => url.startsWith("http:"));
  if (plain && clientCertAuth) {
    refuse(
      `--listen-client-urls ${plain} would let everyone read and write all objects: use https, ` +
        "or say --client-cert-auth=false",
    );
  }
  const keyPair = certFile ? { certificateFile: certFile, keyFile: keyFile! } : peerTls;
  const authorityFile = trustedCaFile ?? peerTls?.authorityFile;
  if (!keyPair || !authorityFile) {
    refuse(
      "--listen-client-urls needs --cert-file, --key-file and --trusted-ca-file where peers have no TLS",
    );
  }
  const advertiseUrls = flags.advertiseClientUrls ?? listenClientUrls;
  const isCertificateRequired = clientCertAuth;
  return {
    etcdClients: {
      listenUrls: listenClientUrls,
      advertiseUrls,
      keyPair,
      authorityFile,
      isCertificateRequired,
    },
  };
}

function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address);
}

function endpointOf(address: string, port: number): string {
  const host = isWildcard(address) ? "127.0.0.1" : address;
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Whether anything is left to be made by us. */
function needsCertificates(flags: ServeFlags, isSecurePeer: boolean): boolean {
  const { clientCaFile, tlsCertFile, serviceAccountKeyFile, peerCertFile } = flags;
  return !clientCaFile || !tlsCertFile || !serviceAccountKeyFile || (isSecurePeer && !peerCertFile);
}

function controllersOf({ controllers, enableGarbageCollector }: ServeFlags): ReadonlySet<ControllerName> {
  return selectControllers([
    ...(enableGarbageCollector ? [] : ["-garbage-collector-controller"]),
    ...controllers,
  ]);
}

/** Makes what is missing; throws BAD_FLAGS naming the flags that do not go together. */
export async function completeFlags(flags: ServeFlags): Promise<MemberOptions> {
  checkFlags(flags);
  const dataDirectory = resolve(flags.dataDir ?? `${flags.name}.quorate`);
  const hosts = isWildcard(flags.bindAddress) ? ownAddresses() : [flags.bindAddress];
  const advertiseAddress = flags.advertiseAddress ?? hosts[0] ?? "127.0.0.1";
  const advertiseUrls = flags.initialAdvertisePeerUrls ?? flags.listenPeerUrls;
  const externalStore = externalStoreOf(flags);
  const isSecurePeer = !externalStore && flags.listenPeerUrls.some((url) => url.startsWith("https:"));
  let made: ClusterCertificates | undefined;
  if (needsCertificates(flags, isSecurePeer)) {
    const peerHosts = advertiseUrls.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ""));
    made = await ensureClusterCertificates({
      folder: join(dataDirectory, "pki"),
      members: [{ name: flags.name, hosts: [...new Set([...hosts, advertiseAddress, ...peerHosts])] }],
      serviceAddress: kubernetesServiceAddress(flags.serviceClusterIpRange),
    });
  }
  if (made && !flags.clientCaFile && !flags.tlsCertFile) {
    await writeKubeconfig({
      file: join(dataDirectory, "kubeconfig"),
      authority: made.authority,
      admin: made.admin,
      members: [{ name: flags.name, endpoint: endpointOf(flags.bindAddress, flags.securePort) }],
    });
  }
  const madeMember = made?.members[0];
  const peerTls = flags.peerCertFile
    ? {
        certificateFile: flags.peerCertFile,
        keyFile: flags.peerKeyFile!,
        authorityFile: flags.peerTrustedCaFile!,
      }
    : madeMember && { ...madeMember.peer, authorityFile: made!.peerAuthorityFile };
  return {
    name: flags.name,
    dataDirectory,
    bindAddress: flags.bindAddress,
    securePort: flags.securePort,
    advertiseAddress,
    serving: flags.tlsCertFile
      ? { certificateFile: flags.tlsCertFile, keyFile: flags.tlsPrivateKeyFile! }
      : madeMember!.serving,
    clientAuthorityFile: flags.clientCaFile ?? made!.authorityFile,
    ...(flags.rootCaFile ? { rootAuthorityFile: flags.rootCaFile } : {}),
    serviceAccount: {
      issuer: flags.serviceAccountIssuer,
      signingKeyFile: flags.serviceAccountSigningKeyFile ?? made!.serviceAccountKeyFile,
      keyFiles: flags.serviceAccountKeyFile ?? [made!.serviceAccountPublicKeyFile],
    },
    serviceRange: flags.serviceClusterIpRange,
    controllers: controllersOf(flags),
    publishesEndpoints: flags.endpointReconcilerType === "lease",
    disabledAdmission: flags.disableAdmissionPlugins ?? [],
    eventTtlSeconds: Math.ceil(flags.eventTtl / 1000),
    compactionIntervalMs: flags.etcdCompactionInterval,
    ...(externalStore ? { externalStore } : {}),
    keyPrefix: flags.etcdPrefix,
    limits: {
      requestTimeoutMs: flags.requestTimeout,
      minRequestTimeoutSeconds: flags.minRequestTimeout,
      readingInFlightMax: flags.maxRequestsInflight || Number.MAX_SAFE_INTEGER,
      mutatingInFlightMax: flags.maxMutatingRequestsInflight || Number.MAX_SAFE_INTEGER,
    },
    apiWorkers: flags.apiWorkers,
    shutdownDelayMs: flags.shutdownDelayDuration,
    peers: {
      initialCluster: flags.initialCluster ?? advertiseUrls.map((url) => `${flags.name}=${url}`).join(","),
      initialClusterState: flags.initialClusterState,
      initialClusterToken: flags.initialClusterToken,
      promoteWhenReady: flags.promoteWhenReady,
      listenUrls: flags.listenPeerUrls,
      advertiseUrls,
      tls: isSecurePeer ? peerTls : undefined,
      heartbeatMs: flags.heartbeatInterval,
      electionMs: flags.electionTimeout,
    },
    ...etcdClientsOf(flags, peerTls),
    snapshotCount: flags.snapshotCount,
    quotaBytes: flags.quotaBackendBytes,
  };
}
