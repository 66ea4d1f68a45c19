import { request } from "node:https";
import test from "ava";
import { parse } from "yaml";
import { type CertificateFiles, type ControlPlane, startControlPlane } from "../src/index.ts";

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: { readonly kind?: string; readonly reason?: string; readonly items?: readonly unknown[] };
}

function call(
  plane: ControlPlane,
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly client?: CertificateFiles | undefined } = {},
): Promise<Answer> {
  const client = "client" in options ? options.client : plane.admin;
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, plane.url), {
      method,
      agent: false,
      ca: plane.authority,
      ...(client && { cert: client.certificate, key: client.key }),
      headers: body === undefined ? {} : { "content-type": "application/json" },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const body = (text.startsWith("{") ? JSON.parse(text) : {}) as Answer["body"];
        resolve({ status: response.statusCode ?? 0, text, body });
      });
    });
    sent.end(body);
  });
}

test("a control plane in the test's own process serves, and two of them know nothing of each other", async (t) => {
  const [one, two] = await Promise.all([startControlPlane(), startControlPlane()]);
  t.teardown(() => Promise.all([one.stop(), two.stop()]));
  const config = parse(one.kubeconfig) as { clusters: { cluster: { server: string } }[] };
  t.is(config.clusters[0]!.cluster.server, one.url);
  const path = "/api/v1/namespaces/default/configmaps";
  t.is((await call(one, "POST", path, { body: { metadata: { name: "here" } } })).status, 201);
  t.is((await call(one, "GET", `${path}/here`)).status, 200);
  t.is((await call(two, "GET", `${path}/here`)).status, 404);
});

test("its users are whom their certificates name: others may not, strangers are not known", async (t) => {
  const plane = await startControlPlane();
  t.teardown(() => plane.stop());
  const path = "/api/v1/namespaces/default/configmaps";
  const client = await plane.issueClient({ user: "jane, the first", groups: ["team a", "team b"] });
  const refused = await call(plane, "GET", path, { client });
  t.is(refused.status, 403);
  t.is(refused.body.reason, "Forbidden");
  t.is((await call(plane, "GET", path, { client: undefined })).status, 401);
  const other = await plane.issueClient({ user: "root", groups: ["system:masters"] });
  t.is((await call(plane, "GET", path, { client: other })).status, 200);
});

test("what has been made is told by the reference's names, and liveness asks none of it", async (t) => {
  const plane = await startControlPlane();
  t.teardown(() => plane.stop());
  const checks = async (path: string) => (await call(plane, "GET", path)).text.trimEnd().split("\n");
  const ready = await checks("/readyz?verbose");
  t.is(ready.at(-1), "readyz check passed");
  for (const name of [
    "etcd",
    "etcd-readiness",
    "informer-sync",
    "poststarthook/storage-readiness",
    "poststarthook/rbac/bootstrap-roles",
    "poststarthook/bootstrap-controller",
    "autoregister-completion",
    "shutdown",
  ]) {
    t.true(ready.includes(`[+]${name} ok`), name);
  }
  t.is((await call(plane, "GET", "/healthz/poststarthook/rbac/bootstrap-roles")).text, "ok");
  t.deepEqual(await checks("/livez?verbose"), ["[+]ping ok", "livez check passed"]);
});
