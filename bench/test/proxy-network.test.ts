import { fork } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import test from "ava";
import { ProxyNetwork } from "../src/failover/proxy-network.ts";

const portOf = (url: string) => Number(new URL(url).port);

test("bytes to and from an isolated member wait until it is connected again, whoever dialled", async (t) => {
  let outsider: number | undefined;
  const network = await ProxyNetwork.start(2, (member) => (member === 0 ? process.pid : outsider));
  t.teardown(() => network.close());
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => socket.write(bytes));
  });
  server.listen(portOf(network.place(0).listenUrl), "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  // A process of its own: its connection must be told from ours.
  const child = fork(new URL("./dialler.ts", import.meta.url), [
    String(portOf(network.place(0).advertiseUrl)),
  ]);
  t.teardown(() => child.kill("SIGKILL"));
  outsider = child.pid;
  await once(child, "message");
  const heard = async () => {
    const [message] = await once(child, "message");
    return message as string;
  };

  child.send("first");
  t.is(await heard(), "first");

  // Cut off as the one that dialled: the proxy stands before the other member.
  await network.isolate(1);
  child.send("held");
  const direct = connect(portOf(network.place(0).advertiseUrl), "127.0.0.1");
  t.teardown(() => direct.destroy());
  direct.write("passes");
  const [passed] = await once(direct, "data");
  t.is(String(passed), "passes");
  t.is(accepted[0]!.bytesRead, "first".length);

  await network.heal(1);
  t.is(await heard(), "held");
});
