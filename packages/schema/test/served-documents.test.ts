/**
 * The documents about what is served, compared with what a running kube-apiserver 1.37.2 answered: digests of
 * its documents with all keys in order, as fixtures/served-digests.json holds them.
 */
import { readFileSync } from "node:fs";
import type { JsonObject } from "@quorate/object";
import test from "ava";
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  builtinSchema,
  loadDescriptions,
  openApiV2Document,
  openApiV3Document,
  openApiV3Paths,
} from "../src/index.ts";
import { digestOf } from "./support/canonical-json.ts";

const schema = builtinSchema();
const file = readFileSync(new URL("./fixtures/served-digests.json", import.meta.url), "utf8");
const digests = JSON.parse(file) as Record<"openapi" | "discovery", Record<string, string>>;

function discoveryAt(path: string): JsonObject | undefined {
  if (path === "aggregated /api") return aggregatedDiscovery(schema, "/api");
  if (path === "aggregated /apis") return aggregatedDiscovery(schema, "/apis");
  if (path === "/apis") return apiGroupList(schema);
  const [root, ...rest] = path.slice(1).split("/");
  if (root === "api") return apiResourceList(schema, "", rest[0]!);
  return rest.length === 1 ? apiGroup(schema, rest[0]!) : apiResourceList(schema, rest[0]!, rest[1]!);
}

for (const [path, digest] of Object.entries(digests.discovery)) {
  test(`discovery at ${path} is the reference's`, (t) => {
    t.is(digestOf(discoveryAt(path)), digest);
  });
}

test("OpenAPI v3 has the reference's documents and no others", (t) => {
  t.deepEqual(openApiV3Paths(schema), Object.keys(digests.openapi).sort());
});

for (const [path, digest] of Object.entries(digests.openapi)) {
  test(`OpenAPI v3 at ${path} is the reference's`, async (t) => {
    t.is(digestOf(openApiV3Document(schema, await loadDescriptions(), path)), digest);
  });
}

test("a path without document has none", async (t) => {
  t.is(openApiV3Document(schema, await loadDescriptions(), "apis/apps/v2"), undefined);
  t.is(apiResourceList(schema, "apps", "v2"), undefined);
  t.is(apiGroup(schema, "none"), undefined);
});

test("OpenAPI v2 defines every model and parameter it refers to", async (t) => {
  const document = openApiV2Document(schema, await loadDescriptions());
  const text = JSON.stringify(document);
  const references = new Set(
    [...text.matchAll(/"\$ref":"#\/(definitions|parameters)\/([^"]+)"/g)].map((m) => m.slice(1, 3).join(" ")),
  );
  t.true(references.size > 500);
  for (const reference of references) {
    const [section, name] = reference.split(" ") as ["definitions" | "parameters", string];
    t.true(Object.hasOwn(document[section] as JsonObject, name), reference);
  }
});
