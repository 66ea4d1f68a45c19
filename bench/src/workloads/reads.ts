/** Reads over the API: single objects, small and large, and lists in the ways that clients ask for them. */
import type { ApiWorkload } from "../workload.ts";
import { configMapPath } from "./config-map.ts";
import { requestWorkload } from "./request-workload.ts";

const LIST_OBJECTS = { smoke: 200, full: 5_000 };

function listWorkload(name: string, title: string, query: string, full: number): ApiWorkload {
  return requestWorkload({
    name,
    title,
    concurrency: 8,
    operations: { smoke: 10, full },
    objects: LIST_OBJECTS,
    request: (context) => ({ method: "GET", path: `${configMapPath(context.namespace)}${query}` }),
  });
}

function getWorkload(
  name: string,
  title: string,
  objects: { smoke: number; full: number },
  members: number[],
): ApiWorkload {
  return requestWorkload({
    name,
    title,
    members,
    operations: { smoke: 300, full: 20_000 },
    objects,
    request: (context, index, count) => ({
      method: "GET",
      path: configMapPath(context.namespace, `cm-${(index * 31) % count}`),
    }),
  });
}

/** In the order in which they are run and shown. */
export const readWorkloads: readonly ApiWorkload[] = [
  getWorkload("get", "get, 1 KiB", { smoke: 50, full: 1_000 }, [1, 3]),
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
  getWorkload("get-50k", "get in a namespace with 50,000 objects", { smoke: 500, full: 50_000 }, [1]),
];
