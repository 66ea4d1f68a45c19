/**
 * ListOptions from the query: selectors, point in time, paging; for lists, watches and deletecollection. What
 * does not parse is a 400, what does not fit together a 422 of kind ListOptions, both with the reference's
 * texts.
 */
import {
  badRequest,
  type FieldError,
  type FieldSelector,
  forbidden,
  goQuote,
  invalidObject,
  type LabelSelector,
  notSupported,
  parseFieldSelector,
  parseLabelSelector,
} from "@quorate/object";
import type { ListOptions, ReadPoint, WatchOptions } from "@quorate/registry";
import type { ResourceTable } from "@quorate/schema";
import type { RequestQuery } from "./request-query.ts";

type Match = NonNullable<ReadPoint["resourceVersionMatch"]>;

interface Selection {
  readonly labelSelector?: LabelSelector;
  readonly fieldSelector?: FieldSelector;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: Match;
}

const MATCHES: readonly string[] = ["Exact", "NotOlderThan", ""];

/** For lists and deletecollection. Throws a 400 or 422 that names the parameter. */
export function parseListOptions(
  query: RequestQuery,
  resource: ResourceTable,
  namespace: string,
): ListOptions {
  if (query.text === "") return { namespace };
  const limit = query.integer("limit");
  query.integer("timeoutSeconds");
  const next = query.text1("continue");
  const selection = parseSelection(query, resource);
  const errors: FieldError[] = [];
  const { resourceVersion = "", resourceVersionMatch: match = "" } = selection;
  if (match !== "") {
    if (resourceVersion === "") {
      errors.push(
        forbidden(
          "resourceVersionMatch",
          `resourceVersionMatch is forbidden unless resourceVersion is provided`,
        ),
      );
    }
    if (next !== "") {
      errors.push(
        forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"),
      );
    }
    if (!MATCHES.includes(match)) errors.push(notSupported("resourceVersionMatch", match, MATCHES));
    if (match === "Exact" && resourceVersion === "0") {
      errors.push(
        forbidden(
          "resourceVersionMatch",
          'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        ),
      );
    }
  }
  if (query.has("sendInitialEvents")) {
    errors.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  refuse(errors);
  return {
    namespace,
    ...selection,
    ...(limit === undefined || limit <= 0 ? {} : { limit }),
    ...(next === "" ? {} : { continue: next }),
  };
}

/** What a client said about a watch; `timeoutSeconds` is undefined where it left the end to the server. */
export interface ParsedWatch {
  readonly options: WatchOptions;
  readonly timeoutSeconds: number | undefined;
}

/** `name` restricts the watch to one object (legacy watch paths). */
export function parseWatchOptions(
  query: RequestQuery,
  resource: ResourceTable,
  namespace: string,
  name: string,
): ParsedWatch {
  const timeoutSeconds = query.integer("timeoutSeconds");
  query.integer("limit");
  const selection = parseSelection(query, resource, name);
  const sendInitialEvents = query.has("sendInitialEvents") ? query.isTrue("sendInitialEvents") : undefined;
  const match = selection.resourceVersionMatch ?? "";
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined) {
    if (match === "") {
      errors.push(
        forbidden(
          "resourceVersionMatch",
          "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
      );
    }
  } else if (match !== "") {
    errors.push(
      forbidden(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      ),
    );
  }
  if (match !== "" && match !== "NotOlderThan") {
    errors.push(notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
  }
  if (query.text1("continue") !== "") errors.push(forbidden("continue", "continue is forbidden for watch"));
  refuse(errors);
  return {
    options: {
      namespace,
      ...selection,
      allowBookmarks: query.isTrue("allowWatchBookmarks"),
      ...(sendInitialEvents === undefined ? {} : { sendInitialEvents }),
    },
    timeoutSeconds: timeoutSeconds === undefined || timeoutSeconds <= 0 ? undefined : timeoutSeconds,
  };
}

/** resourceVersion of a get. */
export function parseReadPoint(query: RequestQuery): ReadPoint | undefined {
  const resourceVersion = query.text1("resourceVersion");
  if (resourceVersion === "") return undefined;
  checkResourceVersion(resourceVersion);
  return { resourceVersion };
}

function parseSelection(query: RequestQuery, resource: ResourceTable, name = ""): Selection {
  const labels = parseLabelSelector(query.text1("labelSelector"));
  const fieldText = query.text1("fieldSelector");
  const fields = parseFieldSelector(name === "" ? fieldText : joinName(fieldText, name));
  const known = fields.isEverything ? fields : requireKnownFields(fields, resource);
  const resourceVersion = query.text1("resourceVersion");
  const match = query.text1("resourceVersionMatch") as Match;
  if (resourceVersion !== "") checkResourceVersion(resourceVersion);
  return {
    ...(labels.isEverything ? {} : { labelSelector: labels }),
    ...(known.isEverything ? {} : { fieldSelector: known }),
    ...(resourceVersion === "" ? {} : { resourceVersion }),
    ...(match === "" ? {} : { resourceVersionMatch: match }),
  };
}

function joinName(selector: string, name: string): string {
  return selector === "" ? `metadata.name=${name}` : `${selector},metadata.name=${name}`;
}

/** A field that the kind does not offer: the reference lists what it does offer. */
function requireKnownFields(selector: FieldSelector, resource: ResourceTable): FieldSelector {
  for (const { field } of selector.requirements) {
    if (field === "metadata.name" || field === "metadata.namespace") continue;
    if (resource.fieldSelectors.includes(field)) continue;
    if (resource.fieldSelectors.length > 0) throw badRequest(`field label not supported: ${field}`);
    throw badRequest(
      `${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
  return selector;
}

function checkResourceVersion(text: string): void {
  if (/^[0-9]{1,19}$/.test(text)) return;
  const why = `strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`;
  throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${goQuote(text)}: ${why}`);
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
}
