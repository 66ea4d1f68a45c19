/** Changes of a cluster's membership over etcd's gRPC, as an operator makes them. */
import { messageCodec } from "@quorate/etcd-api";
import { GrpcConnection } from "../client/grpc-connection.ts";
import { pause } from "../pause.ts";
import type { FaultCluster } from "./fault-cluster.ts";

const LIST = messageCodec("etcdserverpb.MemberListRequest");
const LIST_ANSWER = messageCodec("etcdserverpb.MemberListResponse");
const ADD = messageCodec("etcdserverpb.MemberAddRequest");
const ADD_ANSWER = messageCodec("etcdserverpb.MemberAddResponse");
const REMOVE = messageCodec("etcdserverpb.MemberRemoveRequest");
const PROMOTE = messageCodec("etcdserverpb.MemberPromoteRequest");
const SERVICE = "/etcdserverpb.Cluster";
/** A member may have gigabytes to take in before it can be promoted. */
const LIMIT_MS = 900_000;
const AGAIN_MS = 100;

/**
 * Takes a member down for good, removes it, adds a new one without data at its place, and makes that a voter
 * as soon as it has caught up. `mark` is told of each step.
 */
export async function replaceMember(
  cluster: FaultCluster,
  member: number,
  mark: (what: string) => void,
): Promise<void> {
  const other = (member + 1) % cluster.endpoints.length;
  const connection = new GrpcConnection({
    endpoints: [cluster.storeEndpoint(other)],
    credentials: cluster.credentials,
    connections: 1,
  });
  const call = async (method: string, message: Buffer, tries = 1): Promise<Buffer> => {
    const limit = performance.now() + LIMIT_MS;
    for (let left = tries; ; left--) {
      const { code, body } = await connection.call(`${SERVICE}/${method}`, message);
      if (code === 0) return body;
      if (left <= 1 && tries !== Number.POSITIVE_INFINITY) throw new Error(`${method}: code ${code}`);
      if (performance.now() > limit) throw new Error(`${method} did not succeed: code ${code}`);
      await pause(AGAIN_MS);
    }
  };
  const again = Number.POSITIVE_INFINITY;
  try {
    const peerUrl = cluster.network.place(member).advertiseUrl;
    const { members } = LIST_ANSWER.decode(await call("MemberList", LIST.encode({})));
    const old = members.find(({ peerURLs }) => peerURLs.includes(peerUrl));
    if (!old) throw new Error(`no member has the peer URL ${peerUrl}`);
    mark(`kill -9 member ${member + 1} for good`);
    await cluster.takeDown(member);
    await call("MemberRemove", REMOVE.encode({ ID: old.ID }), again);
    mark("removed");
    const added = ADD_ANSWER.decode(
      await call("MemberAdd", ADD.encode({ peerURLs: [peerUrl], isLearner: true }), again),
    );
    const name = `${old.name}-new`;
    const initialCluster = added.members
      .flatMap((one) => one.peerURLs.map((url) => `${url === peerUrl ? name : one.name}=${url}`))
      .join(",");
    await cluster.bringBack(member, { name, initialCluster });
    mark("new member started");
    await call("MemberPromote", PROMOTE.encode({ ID: added.member!.ID }), again);
    mark("new member is a voter");
  } finally {
    connection.close();
  }
}
