import { request } from "node:https";
import test from "ava";
import { parse } from "yaml";
import { type CertificateFiles, type ControlPlane, startControlPlane } from "../src/index.ts";

interface Answer {
  readonly status: number;
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
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          body: JSON.parse(Buffer.concat(chunks).toString()) as Answer["body"],
        }),
      );
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
