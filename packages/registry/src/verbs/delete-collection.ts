/** Delete of all that a list selects; what is gone meanwhile is no failure. The answer is the list. */
import { StatusError } from "@quorate/object";
import type { DeleteOptions, ListOptions, ListResult, WriteContext } from "../resource-store.ts";
import { deleteObject } from "./delete-object.ts";
import type { WriteEnvironment } from "./write-environment.ts";

/** Bound: deletions at a time. */
const WORKERS = 16;

/** Deletes what `list` selects. */
export async function deleteCollection(
  environment: WriteEnvironment,
  list: ListOptions,
  options: DeleteOptions,
  context: WriteContext,
): Promise<ListResult> {
  const result = await environment.reader.list(list);
  let at = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const item = result.items[at++];
      if (!item) return;
      const { namespace, name } = item;
      try {
        await deleteObject(environment, { namespace, name, options, context: { ...context, namespace } });
      } catch (error) {
        if (!(error instanceof StatusError && error.status.code === 404)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return result;
}
