import { gunzipSync } from "node:zlib";
import { builtinSchema, decodeProtobuf, encodeProtobuf } from "@quorate/schema";
import { parse } from "yaml";
import { CONFIG_MAPS, configMap, PODS, PROTOBUF, pod, TABLE } from "./support/objects.ts";
import { testWithServer } from "./support/with-server.ts";

const test = testWithServer();
const schema = builtinSchema();
const AUTOSCALERS = "namespaces/default/horizontalpodautoscalers";

test("YAML goes in and comes out", async (t) => {
  const { admin } = t.context;
  const body = 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: yaml}\ndata: {a: "1", b: yes}\n';
  const refused = await admin.post(CONFIG_MAPS, body, { "content-type": "application/yaml" });
  t.is(refused.status, 400, "an unquoted yes is a boolean");
  const quoted = body.replace("yes", '"yes"');
  const created = await admin.post(CONFIG_MAPS, quoted, { "content-type": "application/yaml" });
  t.is(created.status, 201);
  const { text, headers } = await admin.get(`${CONFIG_MAPS}/yaml`, { accept: "application/yaml" });
  t.is(headers["content-type"], "application/yaml");
  t.deepEqual(parse(text), created.json);
  t.true(text.includes(`creationTimestamp: "${created.json.metadata.creationTimestamp}"`));
});

test("protobuf goes in and comes out with the same content as JSON", async (t) => {
  const { admin } = t.context;
  const kind = { group: "", version: "v1", kind: "Pod" };
  const bytes = encodeProtobuf(schema, kind, pod("binary"));
  const created = await admin.post(PODS, bytes, { "content-type": PROTOBUF, accept: PROTOBUF });
  t.is(created.status, 201);
  t.is(created.headers["content-type"], PROTOBUF);
  const { json } = await admin.get(`${PODS}/binary`);
  t.deepEqual(decodeProtobuf(schema, created.bytes), json);
  const list = await admin.get(`${PODS}?fieldSelector=metadata.name%3Dbinary`, { accept: PROTOBUF });
  const decoded = decodeProtobuf(schema, list.bytes);
  t.is(decoded.kind, "PodList");
  t.is((decoded.items as unknown[]).length, 1);
});

test("the client's order of preference counts", async (t) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, configMap("choice"));
  const path = `${CONFIG_MAPS}/choice`;
  const mixed = await admin.get(path, { accept: `${PROTOBUF},application/json` });
  t.is(mixed.headers["content-type"], PROTOBUF);
  const weighted = await admin.get(path, { accept: "application/yaml;q=0.5, application/json" });
  t.is(weighted.headers["content-type"], "application/json");
  const any = await admin.get(path, { accept: "*/*" });
  t.is(any.headers["content-type"], "application/json");
});

test("a table has columns, cells and, as the client wants, the object", async (t) => {
  const { admin } = t.context;
  await admin.post(PODS, pod("tabled"));
  const path = `${PODS}?fieldSelector=metadata.name%3Dtabled`;
  const { json } = await admin.get(path, TABLE);
  t.is(json.kind, "Table");
  t.is(json.apiVersion, "meta.k8s.io/v1");
  const names = json.columnDefinitions.map((column: { name: string }) => column.name);
  t.deepEqual(names.slice(0, 5), ["Name", "Ready", "Status", "Restarts", "Age"]);
  t.is(json.columnDefinitions.find((column: { name: string }) => column.name === "IP").priority, 1);
  t.deepEqual(json.rows[0].cells.slice(0, 4), ["tabled", "0/1", "Pending", "0"]);
  t.is(json.rows[0].object.kind, "PartialObjectMetadata");
  t.is((await admin.get(`${path}&includeObject=None`, TABLE)).json.rows[0].object, null);
  t.is((await admin.get(`${path}&includeObject=Object`, TABLE)).json.rows[0].object.kind, "Pod");
  t.is((await admin.get(`${path}&includeObject=Half`, TABLE)).status, 400);
  t.is((await admin.get(`${PODS}/tabled`, TABLE)).json.rows.length, 1);
});

test("PartialObjectMetadata carries the metadata alone", async (t) => {
  const { admin } = t.context;
  const { json: made } = await admin.post(CONFIG_MAPS, configMap("partial"));
  const one = await admin.get(`${CONFIG_MAPS}/partial`, {
    accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
  });
  t.deepEqual(one.json, {
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: made.metadata,
  });
  const list = await admin.get(`${CONFIG_MAPS}?fieldSelector=metadata.name%3Dpartial`, {
    accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
  });
  t.is(list.json.kind, "PartialObjectMetadataList");
  t.deepEqual(list.json.items[0].metadata, made.metadata);
});

test("an object is served in every version of its kind", async (t) => {
  const { admin } = t.context;
  const v1 = {
    kind: "HorizontalPodAutoscaler",
    apiVersion: "autoscaling/v1",
    metadata: { name: "scaler" },
    spec: {
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 50,
      scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" },
    },
  };
  const created = await admin.post(`/apis/autoscaling/v1/${AUTOSCALERS}`, v1);
  t.is(created.status, 201);
  t.is(created.json.spec.targetCPUUtilizationPercentage, 50);
  const v2 = await admin.get(`/apis/autoscaling/v2/${AUTOSCALERS}/scaler`);
  t.is(v2.json.apiVersion, "autoscaling/v2");
  t.is(v2.json.spec.metrics[0].resource.target.averageUtilization, 50);
  const list = await admin.get(`/apis/autoscaling/v1/${AUTOSCALERS}`);
  t.is(list.json.apiVersion, "autoscaling/v1");
  t.is(list.json.items[0].spec.targetCPUUtilizationPercentage, 50);
  const patched = await admin.patch(`/apis/autoscaling/v1/${AUTOSCALERS}/scaler`, "merge", {
    spec: { targetCPUUtilizationPercentage: 70 },
  });
  t.is(patched.json.spec.targetCPUUtilizationPercentage, 70);
});

test("pretty JSON is indented, for whoever asks for it and for curl", async (t) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, configMap("pretty"));
  const asked = await admin.get(`${CONFIG_MAPS}/pretty?pretty=true`);
  t.true(asked.text.startsWith('{\n  "kind": "ConfigMap"'));
  const curl = await admin.get(`${CONFIG_MAPS}/pretty`, { "user-agent": "curl/8.0" });
  t.is(curl.text, asked.text);
});

test("a long list comes in pieces, compressed where wanted, page by page where limited", async (t) => {
  const { admin } = t.context;
  const count = 60;
  const data = { filler: "x".repeat(8_000) };
  for (let i = 0; i < count; i++) {
    const metadata = { name: `long-${String(i).padStart(3, "0")}`, labels: { list: "long" } };
    await admin.post(CONFIG_MAPS, { ...configMap("", data), metadata });
  }
  const path = `${CONFIG_MAPS}?labelSelector=list%3Dlong`;
  const plain = await admin.get(path);
  t.is(plain.json.items.length, count);
  t.is(Number(plain.headers["content-length"]), plain.bytes.length);
  const [first] = plain.json.items;
  t.deepEqual([first.kind, first.apiVersion], [undefined, undefined], "items of a list don't say their kind");
  const packed = await admin.get(path, { "accept-encoding": "gzip" });
  t.is(packed.headers["content-encoding"], "gzip");
  t.is(gunzipSync(packed.bytes).toString(), plain.text);
  const names: string[] = [];
  let next = "";
  do {
    const page = await admin.get(`${path}&limit=25${next && `&continue=${next}`}`);
    t.true(page.json.items.length <= 25);
    names.push(...page.json.items.map((item: { metadata: { name: string } }) => item.metadata.name));
    next = page.json.metadata.continue ?? "";
  } while (next !== "");
  t.is(names.length, count);
  t.is(new Set(names).size, count);
});

test("lists for people are the same lists, indented or as YAML", async (t) => {
  const { admin } = t.context;
  for (const name of ["p1", "p2"]) {
    const metadata = { name, labels: { list: "people" } };
    await admin.post(CONFIG_MAPS, { ...configMap("", { text: "a\n\n  b\n", html: "<b>" }), metadata });
  }
  for (const label of ["people", "nobody"]) {
    const path = `${CONFIG_MAPS}?resourceVersion=0&labelSelector=list%3D${label}`;
    const { json } = await admin.get(path);
    const { text } = await admin.get(`${path}&pretty=true`);
    const read = JSON.parse(text);
    t.deepEqual([read.kind, read.items], [json.kind, json.items]);
    const indented = JSON.stringify(read, null, 2);
    t.is(text, indented.replaceAll("<", "\\u003c").replaceAll(">", "\\u003e"));
    const yaml = await admin.get(path, { accept: "application/yaml" });
    const { kind, items } = parse(yaml.text);
    t.deepEqual([kind, items], [json.kind, json.items]);
    t.is(yaml.headers["content-type"], "application/yaml");
  }
});

test("small answers are not compressed", async (t) => {
  const { admin } = t.context;
  const answer = await admin.get("/api/v1/namespaces/default", { "accept-encoding": "gzip" });
  t.is(answer.headers["content-encoding"], undefined);
});
