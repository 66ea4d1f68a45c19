/**
 * Admission over real stores on an in-memory Kv: a schema's tables, objects to look up, and requests to
 * judge.
 */
import { SystemClock, seededRandom } from "@quorate/base";
import { LocalKv } from "@quorate/mvcc";
import type { KubernetesObject } from "@quorate/object";
import { type ObjectStores, openObjectStores } from "@quorate/registry";
import { applyDefaults, builtinSchema, parseApiVersion, type SchemaRegistry } from "@quorate/schema";
import type { Authorizer } from "../../src/index.ts";
import { type AdmissionRequest, builtinAdmission, type Operation, type UserInfo } from "../../src/index.ts";

export const admin: UserInfo = { name: "admin", uid: "", groups: ["system:masters"], extra: {} };

/** Allows what `verbs` names, as `<verb> <resource> <name>`; `*` for everything. */
export function allowing(...verbs: string[]): Authorizer {
  return {
    authorize: (_user, { verb, resource, subresource, name }) => {
      const what = subresource === "" ? resource : `${resource}/${subresource}`;
      const isAllowed = verbs.includes("*") || verbs.includes(`${verb} ${what} ${name}`);
      return { decision: isAllowed ? "allow" : "noOpinion", reason: "" };
    },
    rulesOf: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
  };
}

export interface AdmissionFixture {
  readonly schema: SchemaRegistry;
  readonly stores: ObjectStores;
  /** Stores an object with its defaults, past admission. */
  add(object: KubernetesObject): Promise<KubernetesObject>;
  request(object: KubernetesObject, more?: Partial<AdmissionRequest>): AdmissionRequest;
  /** Mutates, then validates; gives the object as it would be stored. */
  admit(object: KubernetesObject, more?: Partial<AdmissionRequest>): Promise<KubernetesObject>;
  readonly warnings: string[];
  close(): Promise<void>;
}

export interface FixtureOptions {
  readonly authorizer?: Authorizer;
  readonly enabled?: readonly string[];
  readonly disabled?: readonly string[];
}

export async function openFixture(options: FixtureOptions = {}): Promise<AdmissionFixture> {
  const clock = new SystemClock();
  const random = seededRandom(1);
  const schema = builtinSchema();
  const kv = await LocalKv.open({ clock });
  const stores = openObjectStores({ kv, schema, clock, random });
  await stores.ready();
  const { authorizer = allowing("*"), enabled, disabled } = options;
  const admission = builtinAdmission({ stores, authorizer, schema, clock, random, enabled, disabled });
  const warnings: string[] = [];
  const resourceOf = ({ apiVersion, kind }: KubernetesObject) => {
    const { group, version } = parseApiVersion(apiVersion)!;
    return schema.findResourceOfKind(group, version, kind)!;
  };
  const fixture: AdmissionFixture = {
    schema,
    stores,
    warnings,
    add: async (object) => {
      const table = resourceOf(object);
      const { group, resource, namespaced } = table;
      const copy = structuredClone(object);
      const resolve = (ref: string) => schema.resolve(ref);
      applyDefaults(schema.typeOf(table), copy as never, resolve, { now: "2026-01-01T00:00:00Z" });
      const namespace = namespaced ? (object.metadata.namespace ?? "default") : "";
      const context = { subresource: "", now: "2026-01-01T00:00:00Z", userName: "", userGroups: [] } as const;
      const stored = await stores
        .store(group, resource)
        .create(copy, { ...context, namespace, dryRun: false });
      return stored.decode();
    },
    request: (object, more = {}) => {
      const resource = resourceOf(object);
      const operation: Operation = more.operation ?? "CREATE";
      return {
        operation,
        resource,
        subresource: "",
        kind: resource,
        namespace: resource.namespaced ? "default" : "",
        name: object.metadata.name ?? "",
        user: admin,
        dryRun: false,
        object: operation === "DELETE" ? undefined : object,
        oldObject: undefined,
        warn: (text) => warnings.push(text),
        ...more,
      };
    },
    admit: async (object, more) => {
      const copy = structuredClone(object);
      const request = fixture.request(copy, more);
      await admission.mutate(request);
      await admission.validate(request);
      return copy;
    },
    close: async () => {
      await stores.close();
      await kv.close();
    },
  };
  await fixture.add({ kind: "Namespace", apiVersion: "v1", metadata: { name: "default" } });
  return fixture;
}

export function account(name: string, more: Record<string, unknown> = {}): KubernetesObject {
  return { kind: "ServiceAccount", apiVersion: "v1", metadata: { name, namespace: "default" }, ...more };
}

export function pod(spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name: "p", namespace: "default" },
    spec: { containers: [{ name: "main", image: "nginx" }], ...spec } as never,
  };
}
