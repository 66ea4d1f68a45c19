import { createHash } from "node:crypto";
import { request as httpsRequest } from "node:https";
import { gunzipSync } from "node:zlib";
import { ApiClient } from "./support/api-client.ts";
import { configMap } from "./support/objects.ts";
import { testWithServer } from "./support/with-server.ts";

const test = testWithServer();
const ITEMS = 60;
const NAMESPACES = ["default", "kube-public"];

function pathOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps?resourceVersion=0`;
}

function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function overHttp1(url: string, options: object): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { ...options, agent: false }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      resolve(Buffer.concat(chunks));
    });
    request.on("error", reject);
    request.end();
  });
}

test("concurrent large lists never share a piece that is still on its way", async (t) => {
  const { admin, started } = t.context;
  for (const namespace of NAMESPACES) {
    for (let i = 0; i < ITEMS; i++) {
      // Some are larger than what is copied into a piece, and one is larger than a piece.
      const times = i === 30 ? 8_000 : i % 10 === 0 ? 2_000 : 200;
      const filler = createHash("sha256").update(`${namespace}${i}`).digest("hex").repeat(times);
      await admin.post(`/api/v1/namespaces/${namespace}/configmaps`, configMap(`item-${i}`, { filler }));
    }
  }
  const expected = new Map<string, string>();
  for (const namespace of NAMESPACES) {
    const { bytes, json } = await admin.get(pathOf(namespace));
    t.is(json.items.length, ITEMS);
    for (const { metadata, data } of json.items) {
      const one = await admin.get(`/api/v1/namespaces/${namespace}/configmaps/${metadata.name}`);
      t.true(one.json.data.filler === data.filler, metadata.name);
    }
    expected.set(namespace, digestOf(bytes));
  }
  const clients = Array.from(
    { length: 4 },
    () => new ApiClient(started.server.url, started.ca, started.admin),
  );
  const { ca, admin: credentials } = started;
  const lists = Array.from({ length: 48 }, async (_, i) => {
    const namespace = NAMESPACES[i % 2]!;
    const path = pathOf(namespace);
    if (i % 3 === 0) {
      const bytes = await overHttp1(`${started.server.url}${path}`, { ca, ...credentials });
      return digestOf(bytes) === expected.get(namespace);
    }
    const headers: Record<string, string> = i % 3 === 1 ? { "accept-encoding": "gzip" } : {};
    const { bytes } = await clients[i % 4]!.get(path, headers);
    return digestOf(i % 3 === 1 ? gunzipSync(bytes) : bytes) === expected.get(namespace);
  });
  t.deepEqual(new Set(await Promise.all(lists)), new Set([true]));
  for (const client of clients) client.close();
});
