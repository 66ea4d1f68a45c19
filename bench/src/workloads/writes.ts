/** Writes over the API, and the mix of a controller's requests. */
import type { ApiContext, ApiWorkload } from "../workload.ts";
import { configMapBody, configMapPath } from "./config-map.ts";
import { requestWorkload } from "./request-workload.ts";

const MERGE_PATCH = "application/merge-patch+json";
const APPLY_PATCH = "application/apply-patch+yaml";
const UPDATE_OBJECTS = { smoke: 200, full: 2_000 };

function applyRequest(context: ApiContext, index: number) {
  const name = `applied-${index % 2_000}`;
  return {
    method: "PATCH" as const,
    path: `${configMapPath(context.namespace, name)}?fieldManager=bench&force=true`,
    body: configMapBody(name, index),
    contentType: APPLY_PATCH,
  };
}

const apply = requestWorkload({
  name: "apply",
  title: "server-side apply",
  operations: { smoke: 200, full: 10_000 },
  objects: { smoke: 0, full: 0 },
  findObstacle: async (context) => {
    const { status } = await context.api.send(applyRequest(context, 0));
    return [404, 405, 415, 501].includes(status) ? `the server answers apply with ${status}` : undefined;
  },
  request: applyRequest,
});

const mixed = requestWorkload({
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
});

/** In the order in which they are run and shown. */
export const writeWorkloads: readonly ApiWorkload[] = [
  requestWorkload({
    name: "create",
    title: "create, 1 KiB",
    members: [1, 3],
    operations: { smoke: 200, full: 10_000 },
    objects: { smoke: 0, full: 0 },
    request: (context, index) => ({
      method: "POST",
      path: configMapPath(context.namespace),
      body: configMapBody(`new-${index}`, index),
    }),
  }),
  requestWorkload({
    name: "update",
    title: "update, 1 KiB",
    operations: { smoke: 200, full: 10_000 },
    objects: UPDATE_OBJECTS,
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
    objects: UPDATE_OBJECTS,
    request: (context, index, objects) => ({
      method: "PATCH",
      path: configMapPath(context.namespace, `cm-${index % objects}`),
      body: `{"data":{"index":"p${index}"}}`,
      contentType: MERGE_PATCH,
    }),
  }),
  apply,
  requestWorkload({
    name: "delete",
    title: "delete",
    operations: { smoke: 200, full: 10_000 },
    request: (context, index) => ({
      method: "DELETE",
      path: configMapPath(context.namespace, `cm-${index}`),
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
  mixed,
];
