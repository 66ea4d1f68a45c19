/** How one that wants to join learns who belongs to a cluster, and so its own id, before it is a member. */
import { CodedError } from "@quorate/base";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { type MemberAttributes, readAttributes, writeAttributes } from "./member-attributes.ts";
import { encodeFrame, FRAME, FrameParser } from "./peer-frame.ts";
import { CONNECT_TIMEOUT_MS, connectPeer, type PeerTls, parsePeerUrl } from "./peer-socket.ts";
import type { ClusterDescription } from "./peer-transport.ts";

/** Writes a cluster's description. */
export function writeDescription(w: ByteWriter, description: ClusterDescription): void {
  w.id(description.clusterId);
  w.uint32(description.members.length);
  for (const member of description.members) writeAttributes(w, member);
}

function readDescription(r: ByteReader): ClusterDescription {
  const clusterId = r.id();
  const members: MemberAttributes[] = [];
  for (let left = r.count(20); left > 0; left--) members.push(readAttributes(r));
  return { clusterId, members };
}

/** Asks the member at a peer URL. Rejects where it can't be reached or is none. */
export function fetchClusterDescription(url: string, tls: PeerTls | undefined): Promise<ClusterDescription> {
  return new Promise((resolve, reject) => {
    const socket = connectPeer(parsePeerUrl(url), tls, () => socket.write(encodeFrame(FRAME.describe)));
    const parser = new FrameParser();
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error(`no answer from ${url}`)));
    socket.on("error", reject);
    socket.on("close", () =>
      reject(new CodedError("UNAVAILABLE", `${url} closed the connection without an answer`)),
    );
    socket.on("data", (chunk: Buffer) => {
      try {
        parser.push(chunk, (kind, body) => {
          if (kind === FRAME.description) resolve(readDescription(body));
        });
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
  });
}
