/** Runs a write between what its kind does before it (and undoes where nothing was written) and after it. */
import type { KubernetesObject } from "@quorate/object";
import type { WriteContext } from "../resource-store.ts";
import type { WriteEnvironment } from "./write-environment.ts";

/** `write` gives undefined where nothing was written. */
export async function aroundWrite<T>(
  { hooks }: WriteEnvironment,
  next: KubernetesObject,
  current: KubernetesObject | undefined,
  context: WriteContext,
  write: () => Promise<T | undefined>,
): Promise<T | undefined> {
  if (!hooks.beforeWrite) return write();
  const undo = await hooks.beforeWrite(next, current, context);
  let result: T | undefined;
  try {
    result = await write();
  } finally {
    if (result === undefined) await undo?.();
  }
  if (result !== undefined) await hooks.afterWrite?.(next, current, context);
  return result;
}
