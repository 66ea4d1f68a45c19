/** The client of an external etcd keeps the contract of Kv, over our own surface and over a real etcd. */
import { kvContract } from "@quorate/mvcc/contract";
import test from "ava";
import { openEtcdKv, startEtcdApi } from "../src/index.ts";
import { findEtcd, startEtcd } from "./etcd-process.ts";
import { localBackend } from "./local-backend.ts";
import { Turnstile } from "./turnstile.ts";

kvContract({
  test: (title, body) => test(`over our surface: ${title}`, body),
  factory: async () => {
    const backend = await localBackend();
    const api = await startEtcdApi({ backend, listenUrls: ["http://127.0.0.1:0"] });
    const kv = openEtcdKv({ endpoints: api.urls });
    const close = async () => {
      await kv.close();
      await api.close(0);
      await backend.kv.close();
    };
    return { kv, close };
  },
});

const etcd = findEtcd();
const turnstile = new Turnstile(4);

if (etcd === undefined) {
  test("over etcd: skipped, since there is no etcd on PATH", (t) => {
    t.log("put an etcd 3.6 on PATH to run the contract of Kv against it");
    t.pass();
  });
} else {
  kvContract({
    test: (title, body) => test(`over etcd: ${title}`, body),
    factory: async () => {
      const leave = await turnstile.enter();
      const server = await startEtcd(etcd);
      const kv = openEtcdKv({ endpoints: [server.url] });
      const close = async () => {
        await kv.close();
        await server.stop();
        leave();
      };
      return { kv, close };
    },
  });
}
