import { SystemClock, systemRandom, type Timer } from "@quorate/base";
import { MemoryFileSystem, WriteAheadLog } from "@quorate/disk";
import { MemoryOrderedStore } from "@quorate/mvcc";
import test from "ava";
import { Replica } from "../src/replica.ts";
import { ReplicaKv } from "../src/replica-kv.ts";
import { turnScheduler } from "../src/scheduler.ts";
import { SocketPeerTransport } from "../src/socket-peer-transport.ts";
import { MemoryStateStorage } from "../src/state-storage.ts";
import { peerTls } from "./tls-fixture.ts";

const bytes = (text: string) => Buffer.from(text);
const CLUSTER = 0xabcdn;

/** A clock whose timers can be made to fire never again. */
class StoppableClock extends SystemClock {
  isStopped = false;

  override setTimer(delayMs: number, run: () => void): Timer {
    return super.setTimer(delayMs, () => {
      if (!this.isStopped) run();
    });
  }
}

interface Member {
  readonly clock: StoppableClock;
  readonly replica: Replica;
  readonly kv: ReplicaKv;
}

async function startMembers(t: { teardown(run: () => unknown): void }, size: number): Promise<Member[]> {
  const clock = new StoppableClock();
  const alive = setInterval(() => {}, 1000);
  t.teardown(() => clearInterval(alive));
  const ids = Array.from({ length: size }, (_, i) => BigInt(i + 1));
  const transports = await Promise.all(
    ids.map((self) =>
      SocketPeerTransport.listen({
        self,
        clusterId: CLUSTER,
        listen: [{ host: "127.0.0.1", port: 0 }],
        tls: peerTls,
        clock,
        random: systemRandom(),
      }),
    ),
  );
  const bootstrap = ids.map((id, i) => {
    const peerUrls = [`https://127.0.0.1:${transports[i]!.ports()[0]}`];
    return { id, name: `m${id}`, peerUrls, clientUrls: [] };
  });
  return Promise.all(
    ids.map(async (id, i) => {
      const fs = new MemoryFileSystem();
      const { log, recovered } = await WriteAheadLog.open({
        fs,
        folder: "/log",
        clusterId: CLUSTER,
        memberId: id,
      });
      const replica = await Replica.open({
        ...bootstrap[i]!,
        clusterId: CLUSTER,
        bootstrap,
        log,
        recovered,
        state: new MemoryStateStorage(() => new MemoryOrderedStore()),
        transport: transports[i]!,
        clock,
        random: systemRandom(),
        scheduler: turnScheduler,
        heartbeatMs: 50,
        electionMs: 500,
        trim: { entriesMax: 100, entriesKept: 20, bytesMax: 1 << 20 },
        failed: (error) => {
          throw error;
        },
      });
      t.teardown(() => replica.stop());
      return { clock, replica, kv: new ReplicaKv(replica) };
    }),
  );
}

test("three members over mutual TLS replicate, and a dead leader's connections start the election at once", async (t) => {
  const members = await startMembers(t, 3);
  await Promise.all(members.map(({ kv }, i) => kv.put({ key: bytes(`k${i}`), value: bytes("v") })));
  for (const { kv } of members) {
    t.is((await kv.range({ key: bytes("k"), rangeEnd: bytes("l"), countOnly: true })).count, 3);
  }
  const leader = members.find(({ replica }) => replica.status().role === "leader")!;
  const others = members.filter((member) => member !== leader);
  // Without a word to the others, and without a tick: only the broken connections tell them.
  leader.clock.isStopped = true;
  await leader.replica.stop({ transferLeadership: false });
  await Promise.all(others.map(({ kv }, i) => kv.put({ key: bytes(`a${i}`), value: bytes("v") })));
  t.true(others.some(({ replica }) => replica.status().role === "leader"));
});
