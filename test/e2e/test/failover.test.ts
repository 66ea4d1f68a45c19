import test, { type ExecutionContext } from "ava";
import { MemberClient, type WatchedEvent } from "./support/member-client.ts";
import { TestCluster } from "./support/test-cluster.ts";

const WRITERS = 64;
const OBJECTS = 2_000;
const PATH = "/api/v1/namespaces/default/configmaps";
const PADDING = "x".repeat(1_024);

let cluster: TestCluster;
let clients: MemberClient[];

test.before(async () => {
  cluster = await TestCluster.start({ members: 3 });
  clients = await MemberClient.forAll(cluster.kubeconfig);
});

test.after.always(async () => {
  for (const client of clients ?? []) client.close();
  await cluster?.close();
});

/**
 * Follows one resource over members that die: from its last resourceVersion, on the next member. It begins
 * on the leader, which is the first to die.
 */
class RovingWatcher {
  readonly added = new Map<string, number>();
  readonly moves: string[] = [];
  #revision: string;
  #next = Math.max(
    0,
    clients.findIndex(({ member }) => member === cluster.local.leader),
  );
  #stopped = false;
  #stop: () => void = () => {};
  #heard: () => void = () => {};

  constructor(revision: string) {
    this.#revision = revision;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const client = clients[this.#next++ % clients.length]!;
      this.moves.push(client.member);
      const path = `${PATH}?watch=true&resourceVersion=${this.#revision}&timeoutSeconds=5&allowWatchBookmarks=true`;
      const watch = client.watch(path, (event) => this.#take(event));
      this.#stop = watch.stop;
      await watch.ended;
    }
  }

  #take({ type, object }: WatchedEvent): void {
    if (type === "ERROR") throw new Error(`the watch was refused: ${JSON.stringify(object)}`);
    this.#revision = object.metadata.resourceVersion;
    if (type !== "ADDED") return;
    this.added.set(object.metadata.name, (this.added.get(object.metadata.name) ?? 0) + 1);
    this.#heard();
  }

  /** The member watched now. */
  get member(): string {
    return this.moves.at(-1)!;
  }

  async until(count: number): Promise<void> {
    while (this.added.size < count) await new Promise<void>((resolve) => (this.#heard = resolve));
  }

  stop(): void {
    this.#stopped = true;
    this.#stop();
  }
}

interface Written {
  readonly acknowledged: Set<string>;
  longestGapMs: number;
}

/**
 * Creates objects through all members at once until enough are acknowledged; an unknown outcome is tried
 * elsewhere.
 */
async function write(prefix: string, onProgress: (count: number) => void): Promise<Written> {
  const written: Written = { acknowledged: new Set(), longestGapMs: 0 };
  let last = performance.now();
  let given = 0;
  const writer = async (index: number): Promise<void> => {
    for (let turn = index; given < OBJECTS; ) {
      const name = `${prefix}-${given++}`;
      for (;;) {
        const object = { metadata: { name }, data: { padding: PADDING } };
        const answer = await clients[turn % clients.length]!.request("POST", PATH, object).catch(
          () => undefined,
        );
        // 409: an earlier try, whose answer was lost, had succeeded.
        if (answer?.status === 201 || answer?.status === 409) break;
        turn++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const now = performance.now();
      written.longestGapMs = Math.max(written.longestGapMs, now - last);
      last = now;
      written.acknowledged.add(name);
      onProgress(written.acknowledged.size);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, index) => writer(index)));
  return written;
}

async function namesOn(client: MemberClient, prefix: string): Promise<string[]> {
  const { status, body } = await client.request("GET", PATH);
  if (status !== 200) throw new Error(`${client.member} answers ${status}: ${JSON.stringify(body)}`);
  const items = body["items"] as { metadata: { name: string } }[];
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(`${prefix}-`));
}

async function checkEverywhere(
  t: ExecutionContext,
  prefix: string,
  acknowledged: Set<string>,
): Promise<void> {
  for (const client of clients) {
    const names = await namesOn(client, prefix);
    t.is(new Set(names).size, names.length, `none is listed twice on ${client.member}`);
    t.deepEqual(
      [...acknowledged].filter((name) => !names.includes(name)),
      [],
      `none is lost on ${client.member}`,
    );
  }
}

async function restart(name: string): Promise<void> {
  const member = cluster.local.getMember(name);
  member.start();
  await new Promise<void>((resolve) => member.once("ready", () => resolve()));
}

function died(name: string): Promise<void> {
  return new Promise((resolve) => cluster.local.getMember(name).once("died", () => resolve()));
}

async function kill(name: string): Promise<void> {
  const gone = died(name);
  cluster.local.getMember(name).kill("SIGKILL");
  await gone;
}

test.serial(
  "no acknowledged write is lost when the leader and then a follower are killed under load",
  async (t) => {
    const { body } = await clients[0]!.request("GET", `${PATH}?limit=1`);
    const watcher = new RovingWatcher((body["metadata"] as { resourceVersion: string }).resourceVersion);
    const kills: Promise<void>[] = [];
    const written = await write("load", (count) => {
      const { leader } = cluster.local;
      if (count === OBJECTS * 0.2) kills.push(kill(leader!).then(() => restart(leader!)));
      if (count === OBJECTS * 0.6) {
        const followers = cluster.local.members.filter(
          ({ name, state }) => name !== cluster.local.leader && state === "ready",
        );
        const follower = followers.find(({ name }) => name === watcher.member) ?? followers[0];
        kills.push(kill(follower!.name).then(() => restart(follower!.name)));
      }
    });
    await Promise.all(kills);
    t.is(kills.length, 2);
    t.log(`longest time without an acknowledged write: ${Math.round(written.longestGapMs)} ms`);
    await checkEverywhere(t, "load", written.acknowledged);
    await watcher.until(OBJECTS);
    watcher.stop();
    t.true(new Set(watcher.moves).size > 1, "the watcher has moved");
    t.deepEqual(
      [...watcher.added].filter(([, times]) => times !== 1),
      [],
      "every change was seen once",
    );
  },
);

test.serial("nothing is lost when all members are killed at once", async (t) => {
  const written = await write("all", () => {});
  await Promise.all(["m1", "m2", "m3"].map(kill));
  await Promise.all(["m1", "m2", "m3"].map(restart));
  await checkEverywhere(t, "all", written.acknowledged);
  await checkEverywhere(t, "load", new Set(await namesOn(clients[0]!, "load")));
});

test.serial(
  "without a majority, writes and consistent reads say so in time, cached reads go on, and all heals",
  async (t) => {
    const [one, two, three] = clients as [MemberClient, MemberClient, MemberClient];
    await Promise.all([kill("m2"), kill("m3")]);
    const started = performance.now();
    const [write, read, cached] = await Promise.all([
      one.request("POST", `${PATH}?timeout=3s`, { metadata: { name: "nobody" } }),
      one.request("GET", `${PATH}/kube-root-ca.crt?timeout=3s`),
      one.request("GET", `${PATH}/kube-root-ca.crt?resourceVersion=0`),
    ]);
    t.true(performance.now() - started < 20_000, "long before any client gives up");
    for (const refused of [write, read]) {
      t.true(refused.status >= 500 && refused.status < 600, JSON.stringify(refused));
      t.is(refused.body["kind"], "Status");
      t.is(refused.body["status"], "Failure");
    }
    t.is(cached.status, 200);
    await Promise.all(["m2", "m3"].map(restart));
    for (const client of [one, two, three]) {
      const name = `healed-${client.member}`;
      t.is((await client.request("POST", PATH, { metadata: { name } })).status, 201);
    }
  },
);
