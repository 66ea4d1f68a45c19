/**
 * DeleteOptions from the body or, where there is none, from the query.
 */
import {
  badRequest,
  type FieldError,
  invalid,
  invalidObject,
  type JsonObject,
  notSupported,
} from "@quorate/object";
import type { DeleteOptions } from "@quorate/registry";
import type { RequestQuery } from "./request-query.ts";
import { checkDryRun } from "./write-options.ts";

/** What a client said about a deletion. */
export interface ParsedDelete {
  readonly options: DeleteOptions;
  readonly dryRun: boolean;
}

const POLICIES = ["Foreground", "Background", "Orphan"];

/** Throws a 400 or 422 that names the parameter. */
export function deleteOptionsFromQuery(query: RequestQuery): ParsedDelete {
  if (query.text === "") return { options: {}, dryRun: false };
  const grace = query.integer("gracePeriodSeconds");
  const policy = query.text1("propagationPolicy");
  return checked({
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(query.has("orphanDependents") ? { orphanDependents: query.isTrue("orphanDependents") } : {}),
    ...(policy === "" ? {} : { propagationPolicy: policy }),
    dryRun: query.all("dryRun"),
  });
}

/** `body` has been read as a DeleteOptions of the tables. */
export function deleteOptionsFromBody(body: JsonObject): ParsedDelete {
  return checked(body);
}

function checked(given: JsonObject): ParsedDelete {
  const errors: FieldError[] = [];
  const { gracePeriodSeconds, orphanDependents, propagationPolicy, preconditions } = given;
  const dryRun = (given.dryRun ?? []) as string[];
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    errors.push(
      invalid(
        "propagationPolicy",
        propagationPolicy,
        "orphanDependents and deletionPropagation cannot be both set",
      ),
    );
  }
  if (propagationPolicy !== undefined && !POLICIES.includes(String(propagationPolicy))) {
    errors.push(notSupported("propagationPolicy", propagationPolicy, [...POLICIES, "nil"]));
  }
  checkDryRun(dryRun, errors);
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
  if (given.ignoreStoreReadErrorWithClusterBreakingPotential === true) {
    throw badRequest("ignoreStoreReadErrorWithClusterBreakingPotential is not supported by this server");
  }
  const options = { gracePeriodSeconds, orphanDependents, propagationPolicy, preconditions };
  for (const key of Object.keys(options) as (keyof typeof options)[]) {
    if (options[key] === undefined) delete options[key];
  }
  return { options: options as DeleteOptions, dryRun: dryRun.length > 0 };
}
