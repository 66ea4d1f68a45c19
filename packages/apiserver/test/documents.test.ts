import { gunzipSync } from "node:zlib";
import {
  aggregatedDiscovery,
  apiGroup,
  apiResourceList,
  builtinSchema,
  loadDescriptions,
  openApiV3Document,
  openApiV3Paths,
} from "@quorate/schema";
import { testWithServer } from "./support/with-server.ts";

const test = testWithServer();
const schema = builtinSchema();
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

test("every group and version is discovered as the tables say", async (t) => {
  const { admin } = t.context;
  for (const { group, versions } of schema.groups()) {
    const root = group === "" ? "/api" : `/apis/${group}`;
    if (group !== "") t.deepEqual((await admin.get(root)).json, apiGroup(schema, group));
    for (const { version } of versions) {
      t.deepEqual((await admin.get(`${root}/${version}`)).json, apiResourceList(schema, group, version));
    }
  }
  const { json } = await admin.get("/api");
  t.deepEqual(json.versions, ["v1"]);
  t.regex(json.serverAddressByClientCIDRs[0].serverAddress, /^127\.0\.0\.1:\d+$/);
});

test("aggregated discovery comes to who asks for it, and only when it has changed", async (t) => {
  const { admin } = t.context;
  const accept = `${AGGREGATED},${AGGREGATED.replace("v=v2;", "v=v2beta1;")},application/json`;
  for (const path of ["/api", "/apis"] as const) {
    const answer = await admin.get(path, { accept });
    t.is(answer.headers["content-type"], AGGREGATED);
    t.deepEqual(answer.json, aggregatedDiscovery(schema, path));
    const again = await admin.get(path, { accept, "if-none-match": String(answer.headers.etag) });
    t.is(again.status, 304);
    t.is(again.bytes.length, 0);
  }
  const beta = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
  t.is((await admin.get("/apis", { accept: beta })).json.kind, "APIGroupList");
});

test("OpenAPI v3 is served by hash, and what a hash names may be kept for good", async (t) => {
  const { admin } = t.context;
  const { paths } = (await admin.get("/openapi/v3")).json;
  t.deepEqual(Object.keys(paths), openApiV3Paths(schema));
  const url = paths["apis/apps/v1"].serverRelativeURL;
  t.regex(url, /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/);
  const answer = await admin.get(url);
  const expected = openApiV3Document(schema, await loadDescriptions(), "apis/apps/v1");
  t.deepEqual(answer.json, expected);
  t.is(answer.headers["cache-control"], "public, immutable");
  t.true(Date.parse(String(answer.headers["expires"])) > Date.now());
  const stale = await admin.get("/openapi/v3/apis/apps/v1?hash=OLD");
  t.is(stale.status, 301);
  t.is(stale.headers["location"], url);
  const unchanged = await admin.get("/openapi/v3/apis/apps/v1", {
    "if-none-match": String(answer.headers.etag),
  });
  t.is(unchanged.status, 304);
  t.is((await admin.get("/openapi/v3/apis/none/v1")).status, 404);
});

test("OpenAPI v3 is protobuf for who asks so, under the same hash; its index is not", async (t) => {
  const { admin } = t.context;
  const accept = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf";
  const { paths } = (await admin.get("/openapi/v3")).json;
  const answer = await admin.get(paths["apis/apps/v1"].serverRelativeURL, { accept });
  t.is(answer.status, 200);
  t.is(answer.headers["content-type"], "application/com.github.proto-openapi.spec.v3.v1.0+protobuf");
  t.is(answer.bytes.subarray(2, 7).toString(), "3.0.0");
  t.is((await admin.get("/openapi/v3", { accept })).status, 406);
});

test("OpenAPI v2 is one document, compressed for who takes gzip", async (t) => {
  const { admin } = t.context;
  const answer = await admin.get("/openapi/v2", { "accept-encoding": "gzip" });
  t.is(answer.headers["content-encoding"], "gzip");
  t.is(JSON.parse(gunzipSync(answer.bytes).toString()).swagger, "2.0");
  t.is((await admin.get("/openapi/v2", { accept: "text/html" })).status, 406);
});

test("the version is one that kubectl can compare", async (t) => {
  const { admin } = t.context;
  const { json } = await admin.get("/version");
  t.is(json.major, "1");
  t.is(json.minor, "37");
  t.regex(json.gitVersion, /^v1\.37\.\d+\+quorate\.\d+\.\d+\.\d+$/);
  t.is((await admin.get("/version/")).status, 200);
});

test("the root lists what is served", async (t) => {
  const { admin } = t.context;
  const { paths } = (await admin.get("/")).json;
  for (const path of [
    "/api/v1",
    "/apis/apps/v1",
    "/healthz",
    "/livez/ping",
    "/metrics",
    "/openapi/v2",
    "/version",
  ]) {
    t.true(paths.includes(path), path);
  }
});
