/** What the write verbs of a resource work with. */
import type { Clock, Random } from "@quorate/base";
import type { KubernetesObject } from "@quorate/object";
import type { KindStrategy, ResourceTable } from "@quorate/schema";
import type { CachedObject } from "../cache/cached-object.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { CompanionWrite, ObjectWriter } from "../object-writer.ts";
import type { DeleteOptions, WriteContext } from "../resource-store.ts";

/** What a kind does beyond its pure strategy. */
export interface KindHooks {
  /**
   * Between preparation and validation of a write: fills in what `next` takes from a shared range, and gives
   * the keys that are to be written with it. `next` is undefined for a deletion.
   */
  companions?(
    next: KubernetesObject | undefined,
    current: KubernetesObject | undefined,
    context: WriteContext,
  ): readonly CompanionWrite[] | Promise<readonly CompanionWrite[]>;
  /** Whether an update that leaves nothing holding the object removes it; the rest is the generic rule. */
  mayDeleteDuringUpdate?(next: KubernetesObject): boolean;
  /** Preconditions of a deletion in the kind's own words; absent: the generic ones. Throws a Conflict. */
  checkDeletion?(current: KubernetesObject, options: DeleteOptions): void;
  /** What a first deletion makes of an object that stays for now; undefined: the generic rules. */
  beginDeletion?(
    current: KubernetesObject,
    options: DeleteOptions,
    context: WriteContext,
  ): KubernetesObject | "wait" | undefined;
}

/** The parts of one resource's store. */
export interface WriteEnvironment {
  readonly resource: ResourceTable;
  readonly strategy: KindStrategy;
  readonly hooks: KindHooks;
  readonly reader: ObjectReader;
  readonly writer: ObjectWriter;
  readonly clock: Clock;
  readonly random: Random;
  /** The object in the version that is stored; the same object where it is that already. */
  readonly toStorage: (object: KubernetesObject) => KubernetesObject;
  /** The object that a dry run would have written. */
  readonly dryObject: (key: string, object: KubernetesObject) => CachedObject;
  readonly cached: (key: string) => CachedObject | undefined;
}
