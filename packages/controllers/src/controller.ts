/**
 * What every loop has in common. A controller may be started and stopped many times, as leadership comes and
 * goes; it never assumes to be the only one of its kind: each write names what it saw, so that two of them do
 * no harm.
 */
import type { Clock, Random } from "@quorate/base";
import type { ObjectStores } from "@quorate/registry";
import type { SchemaRegistry } from "@quorate/schema";
import type { Log } from "./log.ts";

/** What controllers work on. */
export interface ControllerContext {
  readonly stores: ObjectStores;
  readonly schema: SchemaRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A loop that brings the cluster's objects to where they should be. */
export interface Controller {
  /** As `--controllers` of kube-controller-manager names it. */
  readonly name: string;
  start(): void;
  /** Resolves once nothing of it is under way any more. */
  stop(): Promise<void>;
}
