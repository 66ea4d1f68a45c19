import { connect, createServer, type Socket } from "node:net";
import test, { type ExecutionContext } from "ava";
import { ProxiedPeers } from "../src/torture/proxied-peers.ts";

const HELLO_BYTES = 25;

/** What a member with this id says first, as far as a proxy reads it. */
function helloOf(id: bigint): Buffer {
  const hello = Buffer.alloc(HELLO_BYTES);
  hello[4] = 1;
  hello.writeBigUInt64LE(id, 17);
  return hello;
}

interface End {
  readonly socket: Socket;
  /** Bytes that have come. */
  readonly received: () => number;
  readonly until: (bytes: number) => Promise<void>;
}

function endOf(socket: Socket): End {
  let bytes = 0;
  socket.on("data", (chunk) => {
    bytes += chunk.length;
  });
  socket.on("error", () => {});
  const until = async (count: number): Promise<void> => {
    while (bytes < count) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  return { socket, received: () => bytes, until };
}

/** A member 1 that has dialled a member 2 through the network. */
async function dialled(t: ExecutionContext) {
  const network = new ProxiedPeers();
  const [one, two] = [await network.add(), await network.add()];
  network.named(one, 1n);
  network.named(two, 2n);
  const accepted = Promise.withResolvers<End>();
  const server = createServer((socket) => accepted.resolve(endOf(socket)));
  await new Promise<void>((resolve) =>
    server.listen(Number(new URL(two.listenPeerUrl).port), "127.0.0.1", resolve),
  );
  const dialler = endOf(connect(Number(new URL(two.advertisePeerUrl).port), "127.0.0.1"));
  dialler.socket.write(helloOf(1n));
  const acceptor = await accepted.promise;
  await acceptor.until(HELLO_BYTES);
  t.teardown(async () => {
    dialler.socket.destroy();
    server.close();
    await network.close();
  });
  return { network, one, two, dialler, acceptor };
}

test("a cut of one way holds what goes there and lets pass what comes back", async (t) => {
  const { network, one, two, dialler, acceptor } = await dialled(t);
  await network.cut(one, two);
  dialler.socket.write("held");
  acceptor.socket.write("passes");
  await dialler.until(6);
  t.is(acceptor.received(), HELLO_BYTES);
  await network.heal(false);
  await acceptor.until(HELLO_BYTES + 4);
  t.false(dialler.socket.destroyed);
});

test("an end that closes behind a cut is noticed when it is healed, not before", async (t) => {
  const { network, one, two, dialler, acceptor } = await dialled(t);
  const closed = new Promise<void>((resolve) => acceptor.socket.once("close", () => resolve()));
  await network.cut(one, two);
  await network.cut(two, one);
  dialler.socket.resetAndDestroy();
  await new Promise((resolve) => dialler.socket.once("close", resolve));
  t.false(acceptor.socket.destroyed);
  await network.heal(false);
  await closed;
  t.pass();
});

test("a healed link can be reset", async (t) => {
  const { network, one, two, dialler } = await dialled(t);
  const closed = new Promise<void>((resolve) => dialler.socket.once("close", () => resolve()));
  await network.cut(one, two);
  await network.heal(true);
  await closed;
  t.pass();
});
