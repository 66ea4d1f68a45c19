/**
 * An API server on an external etcd (--etcd-servers) instead of a replica of its own. It keeps nothing on
 * disk but the certificates that it was not given; any number of them run side by side, and one of them runs
 * the controllers.
 */
import { SystemClock } from "@quorate/base";
import type { Kv } from "@quorate/mvcc";
import { listenKvSocket } from "@quorate/replica/kv-socket";
import { ETCD_FLAGS, openExternalEtcd } from "../external-etcd.ts";
import { checkPortFree } from "../port-probe.ts";
import { placeSocket } from "../workers/workers-plan.ts";
import { identityOf, readCredentials, SETTLE_MS, serveMemberApi, untilStoreAnswers } from "./member-api.ts";
import type { Logger } from "./member-log.ts";
import type { MemberOptions } from "./member-options.ts";
import type { RunningApi } from "./serve-api.ts";
import type { MemberHooks, RunningMember } from "./start-member.ts";
import { StoreElection } from "./store-election.ts";

/** Below the prefix, so that who may use the prefix only may do this as well. */
const LEADER_KEY = "/quorate/controllers-leader";
/** As kube-apiserver's probe of etcd. */
const PROBE_KEY = "/health";

async function sizeMetrics(kv: Kv): Promise<string> {
  const name = "apiserver_storage_size_bytes";
  const { dbSizeBytes } = await kv.status();
  const help = "Size of the store, as its member says it.";
  const head = `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
  return `${head}${name}{storage_cluster_id="etcd-0"} ${dbSizeBytes}\n`;
}

function openElection(options: MemberOptions, kv: Kv, log: Logger): StoreElection {
  return new StoreElection({
    kv,
    clock: new SystemClock(),
    log: (level, message, fields) => log[level](fields ?? {}, message),
    key: options.keyPrefix + LEADER_KEY,
    identity: identityOf(options),
  });
}

/** The connection to the etcd, for the processes that serve the API: they share its watch. */
async function shareKv(kv: Kv) {
  const place = placeSocket();
  return { place, server: await listenKvSocket(kv, place) };
}

/** Begins to serve; it is ready once the etcd answers. `options.externalStore` is given. */
export async function startExternalMember(
  options: MemberOptions,
  { log, leaderChanged }: MemberHooks,
): Promise<RunningMember> {
  const credentials = await readCredentials(options);
  await checkPortFree(options.bindAddress, options.securePort, "--secure-port");
  const kv = await openExternalEtcd(options.externalStore!, ETCD_FLAGS, {
    note: (line) => log.info({ part: "etcd" }, line),
    barrierKey: options.keyPrefix + PROBE_KEY,
  });
  const shared = options.apiWorkers > 1 ? await shareKv(kv) : undefined;
  const givenUp = new AbortController();
  let election: StoreElection | undefined;
  const open = async (): Promise<RunningApi> => {
    const servers = options.externalStore!.servers.join(", ");
    await untilStoreAnswers(kv, () => log.warn(`no answer from --etcd-servers ${servers} yet`));
    const leadership = openElection(options, kv, log);
    election = leadership;
    leadership.onChange(() => leaderChanged(leadership.isLeader ? options.name : undefined));
    const storeMetrics = () => sizeMetrics(kv);
    return serveMemberApi(options, credentials, log, {
      kv,
      leadership,
      namespaceSettleMs: SETTLE_MS,
      storeMetrics,
      ...(shared && { workers: { socket: shared.place, signal: givenUp.signal } }),
    });
  };
  const opening = open();
  return {
    get leader() {
      return election?.isLeader ? options.name : undefined;
    },
    ended: opening.then(
      (api) => api.server.ended,
      (error: Error) => error,
    ),
    untilReady: async () => {
      await (await opening).bootstrapped();
    },
    stop: async () => {
      const isOpen = election !== undefined;
      const api = isOpen ? await opening.catch(() => undefined) : undefined;
      givenUp.abort();
      await api?.stop();
      await election?.stop();
      await shared?.server.close();
      await kv.close();
    },
  };
}
