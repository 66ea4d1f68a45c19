/**
 * Request workloads on ConfigMaps: create, get, lists, update, merge patch, delete, large objects and a mix like that
 * of a controller.
 */
import type { ApiRequest } from "../client/api-client.ts";
import { inParallel, measured, type Size, type Workload, type WorkloadContext } from "../workload.ts";
import { configMapBody, configMapPath } from "./config-map.ts";

interface RequestWorkload {
  name: string;
  title: string;
  concurrency?: number;
  operations: Record<Size, number>;
  /** Objects that are there before: cm-0 … */
  objects: Record<Size, number>;
  objectBytes?: number;
  request(context: WorkloadContext, index: number, objects: number): ApiRequest;
}

/** ConfigMaps cm-0 … in the context's namespace. */
async function fill(context: WorkloadContext, count: number, bytes?: number): Promise<void> {
  await inParallel(count, 64, async (index) => {
    await context.api.expect({
      method: "POST",
      path: configMapPath(context.namespace),
      body: configMapBody(`cm-${index}`, index, bytes),
    });
  });
}

function requestWorkload(spec: RequestWorkload): Workload {
  return {
    name: spec.name,
    title: spec.title,
    unit: "request",
    concurrency: spec.concurrency ?? 64,
    prepare: (context) => fill(context, spec.objects[context.size], spec.objectBytes),
    run: (context, recorder) => {
      const objects = spec.objects[context.size];
      return measured(spec.operations[context.size], context.concurrency, recorder, (index) =>
        context.api.send(spec.request(context, index, objects)),
      );
    },
  };
}

const MERGE_PATCH = "application/merge-patch+json";
const APPLY_PATCH = "application/apply-patch+yaml";
const LIST_OBJECTS = { smoke: 200, full: 5_000 };

function listWorkload(name: string, title: string, query: string, full: number): Workload {
  return requestWorkload({
    name,
    title,
    concurrency: 8,
    operations: { smoke: 10, full },
    objects: LIST_OBJECTS,
    request: (context) => ({ method: "GET", path: `${configMapPath(context.namespace)}${query}` }),
  });
}

export const requestWorkloads: readonly Workload[] = [
  requestWorkload({
    name: "create",
    title: "create, 1 KiB",
    operations: { smoke: 200, full: 10_000 },
    objects: { smoke: 0, full: 0 },
    request: (context, index) => ({
      method: "POST",
      path: configMapPath(context.namespace),
      body: configMapBody(`new-${index}`, index),
    }),
  }),
  requestWorkload({
    name: "get",
    title: "get, 1 KiB",
    operations: { smoke: 300, full: 20_000 },
    objects: { smoke: 50, full: 1_000 },
    request: (context, index, objects) => ({
      method: "GET",
      path: configMapPath(context.namespace, `cm-${index % objects}`),
    }),
  }),
  listWorkload("list", "list of 5,000", "", 100),
  listWorkload("list-limit", "list with limit=500", "?limit=500", 500),
  listWorkload(
    "list-selector",
    "list with a label selector (500 of 5,000)",
    "?labelSelector=shard%3Ds3",
    500,
  ),
  listWorkload("list-cached", "list of 5,000, resourceVersion=0", "?resourceVersion=0", 100),
  requestWorkload({
    name: "update",
    title: "update, 1 KiB",
    operations: { smoke: 200, full: 10_000 },
    objects: { smoke: 200, full: 2_000 },
    request: (context, index, objects) => {
      const name = `cm-${index % objects}`;
      return {
        method: "PUT",
        path: configMapPath(context.namespace, name),
        body: configMapBody(name, index + 1_000_000),
      };
    },
  }),
  requestWorkload({
    name: "merge-patch",
    title: "merge patch",
    operations: { smoke: 200, full: 10_000 },
    objects: { smoke: 200, full: 2_000 },
    request: (context, index, objects) => ({
      method: "PATCH",
      path: configMapPath(context.namespace, `cm-${index % objects}`),
      body: `{"data":{"index":"p${index}"}}`,
      contentType: MERGE_PATCH,
    }),
  }),
  requestWorkload({
    name: "apply",
    title: "server-side apply",
    operations: { smoke: 200, full: 10_000 },
    objects: { smoke: 0, full: 0 },
    request: (context, index) => {
      const name = `applied-${index % 2_000}`;
      return {
        method: "PATCH",
        path: `${configMapPath(context.namespace, name)}?fieldManager=bench&force=true`,
        body: configMapBody(name, index),
        contentType: APPLY_PATCH,
      };
    },
  }),
  requestWorkload({
    name: "delete",
    title: "delete",
    operations: { smoke: 200, full: 10_000 },
    objects: { smoke: 200, full: 10_000 },
    request: (context, index) => ({
      method: "DELETE",
      path: configMapPath(context.namespace, `cm-${index}`),
    }),
  }),
  requestWorkload({
    name: "large-get",
    title: "get, 1 MB",
    concurrency: 8,
    operations: { smoke: 10, full: 500 },
    objects: { smoke: 4, full: 16 },
    objectBytes: 1_000_000,
    request: (context, index, objects) => ({
      method: "GET",
      path: configMapPath(context.namespace, `cm-${index % objects}`),
    }),
  }),
  requestWorkload({
    name: "large-create",
    title: "create, 1 MB",
    concurrency: 8,
    operations: { smoke: 8, full: 150 },
    objects: { smoke: 0, full: 0 },
    request: (context, index) => ({
      method: "POST",
      path: configMapPath(context.namespace),
      body: configMapBody(`large-${index}`, index, 1_000_000),
    }),
  }),
  requestWorkload({
    name: "mixed",
    title: "mix like a controller's (60 % get, 20 % patch, 10 % update, 10 % list)",
    operations: { smoke: 200, full: 10_000 },
    objects: { smoke: 100, full: 1_000 },
    request: (context, index, objects) => {
      const name = `cm-${(index * 7) % objects}`;
      const path = configMapPath(context.namespace, name);
      const turn = index % 10;
      if (turn < 6) return { method: "GET", path };
      if (turn < 8) {
        return { method: "PATCH", path, body: `{"data":{"index":"m${index}"}}`, contentType: MERGE_PATCH };
      }
      if (turn < 9) return { method: "PUT", path, body: configMapBody(name, index) };
      return { method: "GET", path: `${configMapPath(context.namespace)}?limit=50&resourceVersion=0` };
    },
  }),
  requestWorkload({
    name: "get-50k",
    title: "get in a namespace with 50,000 objects",
    operations: { smoke: 200, full: 20_000 },
    objects: { smoke: 500, full: 50_000 },
    request: (context, index, objects) => ({
      method: "GET",
      path: configMapPath(context.namespace, `cm-${(index * 31) % objects}`),
    }),
  }),
];
