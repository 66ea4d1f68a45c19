/** A member is ready for clients once its cluster knows it, as in etcd. */
import { setTimeout as delay } from "node:timers/promises";
import type { Replica } from "@quorate/replica";

/** How often it is looked for. */
const LOOK_MS = 10;

/** Resolves when the cluster knows this member's name and client URLs: a leader is there then, too. */
export async function untilPublished(replica: Replica): Promise<void> {
  const { name, clientUrls } = replica.options;
  const wanted = clientUrls.join();
  for (;;) {
    const own = replica.state.membership.find(replica.id);
    if (own?.name === name && own.clientUrls.join() === wanted && replica.leader !== 0n) return;
    await delay(LOOK_MS, undefined, { ref: false });
  }
}
