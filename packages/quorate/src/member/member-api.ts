/**
 * What a member on its own store and one on an external store have in common: the API server by the member's
 * options.
 */
import { hostname } from "node:os";
import { hasCode, SystemClock, systemRandom } from "@quorate/base";
import type { Leadership, Log } from "@quorate/controllers";
import type { Kv } from "@quorate/mvcc";
import type { WorkersPlan } from "../workers/workers-plan.ts";
import { CredentialReload } from "./credential-reload.ts";
import type { Logger } from "./member-log.ts";
import type { MemberOptions } from "./member-options.ts";
import {
  type KeyPairPem,
  readAuthorities,
  readKeyPair,
  readServiceAccountKeys,
  type ServiceAccountKeys,
} from "./read-credentials.ts";
import type { RunningApi } from "./serve-api.ts";

/** How long other members may believe a deleted namespace alive. */
export const SETTLE_MS = 1_000;
/** How long the store may take to answer before that is said. */
const NOTE_MS = 5_000;
const BARRIER_TIMEOUT_MS = 2_000;

/** PEM texts of what a member shows and trusts. */
export interface Credentials {
  readonly serving: KeyPairPem;
  readonly clientCa: string;
  readonly rootCertificate: string;
  readonly serviceAccountKeys: ServiceAccountKeys;
}

/** The store that a member's API server runs on. */
export interface MemberStore {
  readonly kv: Kv;
  readonly leadership: Leadership;
  readonly namespaceSettleMs: number;
  readonly storeMetrics: (delays?: readonly number[]) => Promise<string>;
  /** How the API's processes reach the store; absent: it is served from this one. */
  readonly workers?: Pick<WorkersPlan, "socket" | "signal">;
}

/** Throws CERTIFICATE_INVALID naming flag, file and fix. */
export async function readCredentials(options: MemberOptions): Promise<Credentials> {
  const serving = await readKeyPair(options.serving, ["--tls-cert-file", "--tls-private-key-file"]);
  const clientCa = await readAuthorities(options.clientAuthorityFile, "--client-ca-file");
  const { rootAuthorityFile } = options;
  const rootCertificate = rootAuthorityFile
    ? await readAuthorities(rootAuthorityFile, "--root-ca-file")
    : clientCa;
  const serviceAccountKeys = await readServiceAccountKeys(options.serviceAccount);
  return { serving, clientCa, rootCertificate, serviceAccountKeys };
}

/** Waits for the store, calling `late` where that takes long. Rejects only where the store has ended. */
export async function untilStoreAnswers(kv: Kv, late: () => void): Promise<void> {
  const note = setTimeout(late, NOTE_MS);
  try {
    for (;;) {
      try {
        await kv.barrier({ timeoutMs: BARRIER_TIMEOUT_MS });
        return;
      } catch (error) {
        if (hasCode(error, "STOPPED")) throw error;
      }
    }
  } finally {
    clearTimeout(note);
  }
}

/** Resolves once the port is open and the caches have loaded. */
export async function serveMemberApi(
  options: MemberOptions,
  credentials: Credentials,
  log: Logger,
  store: MemberStore,
): Promise<RunningApi> {
  const { serveApi } = await import("./serve-api.ts");
  const { advertiseAddress } = options;
  const isLoopback = advertiseAddress.startsWith("127.") || advertiseAddress === "::1";
  const clock = new SystemClock();
  const say: Log = (level, message, fields) => log[level](fields ?? {}, message);
  const tls = { ...credentials.serving, clientCa: credentials.clientCa };
  const { workers, ...ground } = store;
  const logging = { level: log.level, member: options.name };
  const api = await serveApi({
    ...ground,
    ...(workers && { workers: { ...workers, count: options.apiWorkers, log: logging } }),
    clock,
    random: systemRandom(),
    log: say,
    listen: { host: options.bindAddress, port: options.securePort },
    tls,
    rootCertificate: credentials.rootCertificate,
    serviceAccounts: { ...credentials.serviceAccountKeys, issuer: options.serviceAccount.issuer },
    serviceRanges: options.serviceRange,
    // As in the reference, an address that nobody else can reach is not published.
    ...(!isLoopback && options.publishesEndpoints && { endpointAddress: advertiseAddress }),
    identity: { hostname: hostname(), identity: identityOf(options) },
    controllers: options.controllers,
    disabledAdmission: options.disabledAdmission,
    eventTtlSeconds: options.eventTtlSeconds,
    compactionIntervalMs: options.compactionIntervalMs,
    keyPrefix: options.keyPrefix,
    limits: options.limits,
    shutdownDelayMs: options.shutdownDelayMs,
  });
  const reload = new CredentialReload({
    clock,
    log: say,
    read: async () => {
      const { serving, clientCa } = await readCredentials(options);
      return { ...serving, clientCa };
    },
    apply: (renewed) => api.server.renewTls(renewed),
    current: tls,
  });
  return {
    ...api,
    stop: () => {
      reload.stop();
      return api.stop();
    },
  };
}

/** What tells this member apart from others of the machine and the cluster. */
export function identityOf({ name }: MemberOptions): string {
  return name === "default" ? hostname() : `${hostname()}/${name}`;
}
