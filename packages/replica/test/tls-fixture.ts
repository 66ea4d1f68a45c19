/**
 * Certificates for tests: a CA, a peer certificate of it for localhost, and a stranger's that it did not
 * sign.
 */
import { readFileSync } from "node:fs";
import type { PeerTls } from "../src/peer-socket.ts";

const read = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

export const peerTls: PeerTls = { cert: read("peer.pem"), key: read("peer.key"), ca: read("ca.pem") };
export const strangerTls: PeerTls = {
  cert: read("stranger.pem"),
  key: read("stranger.key"),
  ca: read("ca.pem"),
};
