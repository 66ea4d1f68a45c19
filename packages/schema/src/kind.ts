/**
 * The vocabulary of the kind tables: what a type, a field and a resource are. Built-in kinds are read from
 * the generated tables, custom resources will bring their own; one engine serves both. Tables are immutable
 * once made.
 *
 * Example: `Deployment.spec.template.spec.containers` is a FieldTable
 *   { name: "containers", value: { type: "list", elem: { type: "struct", ref: "io.k8s.api.core.v1.Container" } },
 *     patchStrategy: ["merge"], patchMergeKey: "name", listType: "map", listMapKeys: ["name"], ... }
 */

/** A reference to a struct: its OpenAPI model name, for example `io.k8s.api.core.v1.Pod`. */
export type TypeName = string;

/**
 * The JSON shape of a value.
 * - `bytes` is base64 text, `time` whole seconds, `microTime` six digits, `duration` Go's text (`1h0m0s`).
 * - `raw` is any JSON (RawExtension, FieldsV1, apiextensions JSON) and is never looked into.
 * - `schemaOrBool`, `schemaOrArray`, `schemaOrStrings` are the three unions of apiextensions'
 *   JSONSchemaProps.
 */
export type ValueType =
  | "string"
  | "bool"
  | "int32"
  | "int64"
  | "double"
  | "bytes"
  | "time"
  | "microTime"
  | "duration"
  | "quantity"
  | "intOrString"
  | "raw"
  | "schemaOrBool"
  | "schemaOrArray"
  | "schemaOrStrings"
  | "struct"
  | "list"
  | "map";

/** What a field, a list item or a map value holds. */
export interface ValueTable {
  readonly type: ValueType;
  /**
   * The struct's name where `type` is `struct` (for `raw`, `schemaOr…`, quantities and times: the OpenAPI
   * model).
   */
  readonly ref?: TypeName;
  /** Items of a list, values of a map (keys are always strings). */
  readonly elem?: ValueTable;
  /** The Go type in decoder errors, for example `int32`, `v1.PullPolicy`, `[]v1.Container`. */
  readonly goType: string;
  /** A named list that protobuf wraps in a message of its own (`ExtraValue`, `Verbs`): `{ 1: items }`. */
  readonly wrapped?: boolean;
}

/** One JSON field of a struct; embedded structs are flattened into their parent. */
export interface FieldTable {
  readonly name: string;
  readonly value: ValueTable;
  /** OpenAPI `required`. */
  readonly required: boolean;
  /**
   * Go's omitempty: false, 0, "", null and empty lists and maps are left out when written; structs are not.
   */
  readonly omitEmpty: boolean;
  /** Go's omitzero: a zero time is left out. */
  readonly omitZero: boolean;
  /** A Go pointer: absent and zero differ, an empty struct is kept apart from none. */
  readonly pointer: boolean;
  /** Go names of the embedded structs the field comes from, for decoder errors: `VolumeSource`. */
  readonly embeddedIn?: string;
  /** 0 where the field is not in protobuf (kind and apiVersion, JSON-only types). */
  readonly protoNumber: number;
  /** Strategies in order, for example `["merge", "retainKeys"]`; absent: replace. */
  readonly patchStrategy?: readonly string[];
  readonly patchMergeKey?: string;
  readonly listType?: "atomic" | "set" | "map";
  readonly listMapKeys?: readonly string[];
  readonly mapType?: "atomic" | "granular";
  /** The texts that OpenAPI publishes for the value (for the items of a list); not enforced by decoding. */
  readonly enum?: readonly string[];
  /**
   * The default that OpenAPI publishes (not necessarily one that the server fills in: see `applyDefaults`).
   */
  readonly openApiDefault?: unknown;
}

/**
 * A message inside a message on the protobuf side: an own field, or the number under which embedded fields
 * lie.
 */
export interface ProtoSlot {
  readonly number: number;
  /** Set for an own field. */
  readonly field?: FieldTable;
  /** Set for an embedded struct: its fields are read from and written to the same JSON object. */
  readonly embedded?: TypeName;
}

/** A struct: its fields in the order in which they are written. */
export interface TypeTable {
  readonly name: TypeName;
  /** The Go name in decoder errors, for example `DeploymentSpec`. */
  readonly goName: string;
  readonly fields: readonly FieldTable[];
  readonly byName: ReadonlyMap<string, FieldTable>;
  /** Structs embedded in this one, directly. */
  readonly embedded: readonly TypeName[];
  /** Protobuf layout, ascending by number. */
  readonly proto: readonly ProtoSlot[];
  readonly mapType?: "atomic" | "granular";
  /** OpenAPI x-kubernetes-unions, as published. */
  readonly unions?: readonly unknown[];
}

/** group, version and kind together with the struct that describes the object. */
export interface KindTable {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly type: TypeName;
}

/** What can be done with a resource, as discovery names it. */
export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

/** A subresource of a resource. */
export interface SubresourceTable {
  /** The part after the slash: `status`, `scale`, `exec`, ... */
  readonly name: string;
  /**
   * Kind of the body, which may be of another group than the resource (Scale, Eviction, TokenRequest,
   * Binding).
   */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly Verb[];
}

/** How the generic verbs treat a resource. */
export interface ResourceFlags {
  /** PUT and PATCH without resourceVersion are allowed. */
  readonly unconditionalUpdate: boolean;
  /** PUT on a name that does not exist creates. */
  readonly createOnUpdate: boolean;
  /** DELETE answers with the object instead of a Success Status. */
  readonly deleteReturnsObject: boolean;
}

/** One resource of one group/version: what discovery says and what the generic store has to know. */
export interface ResourceTable {
  readonly group: string;
  readonly version: string;
  /** The plural: `pods`. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly Verb[];
  /** Absent for resources that are never stored (reviews, bindings). */
  readonly storageVersionHash?: string;
  readonly subresources: readonly SubresourceTable[];
  /** The group and version in which objects are stored; both event APIs share one. */
  readonly storage: { readonly group: string; readonly version: string };
  /** With a slash at both ends, for example `/registry/services/specs/`. */
  readonly keyPrefix: string;
  readonly flags: ResourceFlags;
  /** Beyond metadata.name and metadata.namespace. */
  readonly fieldSelectors: readonly string[];
  readonly hasStatus: boolean;
  /** Seconds; only kinds with graceful deletion have one. */
  readonly defaultGracePeriod?: number;
  /** Served without any --runtime-config. */
  readonly enabledByDefault: boolean;
  /** Text of the Warning header that every answer of a deprecated resource carries. */
  readonly deprecation?: string;
}

/** One version of a group. */
export interface VersionTable {
  readonly version: string;
  readonly enabledByDefault: boolean;
  /** In alphabetical order, as discovery lists them. */
  readonly resources: readonly ResourceTable[];
}

/** A group with its versions, most preferred first. */
export interface GroupTable {
  readonly group: string;
  readonly versions: readonly VersionTable[];
}
