/**
 * Workloads that send the same kind of request again and again to a namespace with so many ConfigMaps in it.
 */
import type { ApiRequest } from "../client/api-client.ts";
import {
  type ApiContext,
  type ApiWorkload,
  inParallel,
  measured,
  type Size,
  warmUpCount,
  workOf,
} from "../workload.ts";
import { configMapBody, configMapPath } from "./config-map.ts";

/** What differs between request workloads. */
export interface RequestWorkload {
  readonly name: string;
  readonly title: string;
  readonly concurrency?: number;
  readonly members?: readonly number[];
  readonly operations: Record<Size, number>;
  /** ConfigMaps cm-0 … that are there before; absent: one for each operation, warm-up included. */
  readonly objects?: Record<Size, number>;
  readonly objectBytes?: number;
  findObstacle?(context: ApiContext): Promise<string | undefined>;
  request(context: ApiContext, index: number, objects: number): ApiRequest;
}

const FILL_CONCURRENCY = 64;
const LARGE_BYTES = 100_000;

/** Makes ConfigMaps cm-0 … in the context's namespace. */
export async function fill(context: ApiContext, count: number, bytes?: number): Promise<void> {
  const concurrency = (bytes ?? 0) > LARGE_BYTES ? 4 : FILL_CONCURRENCY;
  await inParallel(count, concurrency, async (index) => {
    await context.api.expect({
      method: "POST",
      path: configMapPath(context.namespace),
      body: configMapBody(`cm-${index}`, index, bytes),
    });
  });
}

/** A workload of `spec`, with 64 requests under way where it does not say otherwise. */
export function requestWorkload(spec: RequestWorkload): ApiWorkload {
  const operationsOf = (context: ApiContext) =>
    context.parameters["operations"] ?? workOf(context, spec.operations);
  const objectsOf = (context: ApiContext) => {
    const operations = operationsOf(context);
    return (
      context.parameters["objects"] ??
      (spec.objects ? spec.objects[context.size] : operations + warmUpCount(operations))
    );
  };
  return {
    name: spec.name,
    title: spec.title,
    unit: "request",
    surfaces: ["api"],
    concurrency: spec.concurrency ?? 64,
    members: spec.members ?? [1],
    ...(spec.findObstacle && { findObstacle: spec.findObstacle }),
    prepare: (context) => fill(context, objectsOf(context), spec.objectBytes),
    run: (context, recorder) => {
      const objects = objectsOf(context);
      return measured(operationsOf(context), context, recorder, (index) =>
        context.api.send(spec.request(context, index, objects)),
      );
    },
  };
}
