/** What verbs work with: made once a server, handed to every verb. */
import type { Admission, Authenticator, Authorizer, ServiceAccountTokens } from "@quorate/access";
import type { Clock, Random } from "@quorate/base";
import type { ObjectStores } from "@quorate/registry";
import type { SchemaRegistry, TypeName, TypeTable } from "@quorate/schema";
import type { Limits } from "./limits.ts";
import type { Log } from "./log.ts";
import type { WatchMetrics } from "./metrics/watch-metrics.ts";
import type { Representation } from "./response/representation.ts";
import type { WatchTracker } from "./verbs/watch-tracker.ts";

/** Shared by all requests of a server; immutable. */
export interface Api {
  readonly schema: SchemaRegistry;
  /** `schema.resolve`, bound once. */
  readonly resolve: (ref: TypeName) => TypeTable;
  readonly stores: ObjectStores;
  readonly admission: Admission;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly representation: Representation;
  readonly watches: WatchTracker;
  readonly watchMetrics: WatchMetrics;
  /** Absent where no key to sign with was given: then there is no token subresource. */
  readonly tokens: ServiceAccountTokens | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
  readonly log: Log;
}
