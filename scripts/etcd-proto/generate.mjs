/**
 * Makes packages/etcd-api/src/generated/etcd-messages.ts: the messages, enums, services and gateway paths of
 * etcd's v3 API as one plain table, from the .proto files in the Go module cache. Run by hand when the
 * reference version moves:
 *
 *   go mod download go.etcd.io/etcd/api/v3@v3.6.16 go.etcd.io/etcd/server/v3@v3.6.16
 *   node scripts/etcd-proto/generate.mjs
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";

const VERSION = "v3.6.16";
const cache = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
const api = join(cache, `go.etcd.io/etcd/api/v3@${VERSION}`);
const module = join(cache, `go.etcd.io/etcd/server/v3@${VERSION}`);
const server = join(module, "etcdserver/api");
const FILES = [
  join(api, "mvccpb/kv.proto"),
  join(api, "authpb/auth.proto"),
  join(api, "etcdserverpb/rpc.proto"),
  join(module, "lease/leasepb/lease.proto"),
  join(server, "v3lock/v3lockpb/v3lock.proto"),
  join(server, "v3election/v3electionpb/v3election.proto"),
];

/** grpc.health.v1, whose few messages no module of etcd carries. */
const HEALTH = `
syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse {
  enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
  ServingStatus status = 1;
}
service Health {
  rpc Check(HealthCheckRequest) returns (HealthCheckResponse) {}
  rpc Watch(HealthCheckRequest) returns (stream HealthCheckResponse) {}
}`;

const root = new protobuf.Root();
for (const file of FILES) protobuf.parse(readFileSync(file, "utf8"), root, { keepCase: true });
protobuf.parse(HEALTH, root, { keepCase: true });

/** The gateway's paths of a method, from its google.api.http option. */
function pathsOf(method) {
  const rule = (method.parsedOptions ?? []).map((option) => option["(google.api.http)"]).find(Boolean);
  if (!rule) return [];
  const more = [rule.additional_bindings ?? []].flat();
  return [rule, ...more].map((binding) => binding.post).filter(Boolean);
}

const messages = {};
const enums = {};
const services = {};

function fieldOf(field) {
  const type = field.resolvedType ? field.resolvedType.fullName.slice(1) : field.type;
  const rest = {
    ...(field.repeated ? { repeated: true } : {}),
    ...(field.partOf && !field.partOf.isProto3Optional ? { oneof: field.partOf.name } : {}),
  };
  return { id: field.id, type, ...rest };
}

function walk(namespace) {
  for (const object of namespace.nestedArray) {
    const name = object.fullName.slice(1);
    if (object instanceof protobuf.Type) {
      messages[name] = Object.fromEntries(
        object.fieldsArray.map((field) => [field.name, fieldOf(field.resolve())]),
      );
      walk(object);
    } else if (object instanceof protobuf.Enum) enums[name] = object.values;
    else if (object instanceof protobuf.Service) {
      services[name] = Object.fromEntries(
        object.methodsArray.map((method) => {
          method.resolve();
          return [
            method.name,
            {
              request: method.resolvedRequestType.fullName.slice(1),
              response: method.resolvedResponseType.fullName.slice(1),
              ...(method.requestStream ? { requestStream: true } : {}),
              ...(method.responseStream ? { responseStream: true } : {}),
              paths: pathsOf(method),
            },
          ];
        }),
      );
    } else if (object.nestedArray) walk(object);
  }
}
walk(root);

const json = (value) =>
  JSON.stringify(value, undefined, 1).replaceAll(/\{\s+"id": (\d+),\s+([^{}]*?)\s+\}/g, (_all, id, rest) => {
    return `{ "id": ${id}, ${rest.replaceAll(/\s*\n\s*/g, " ")} }`;
  });
const text = `/** Made by scripts/etcd-proto/generate.mjs from etcd ${VERSION}; not to be edited. */
/* biome-ignore-all format: generated */

/** A field of a message: its number, scalar type or full name, and whether it is repeated or of a oneof. */
export interface FieldEntry {
  readonly id: number;
  readonly type: string;
  readonly repeated?: boolean;
  readonly oneof?: string;
}

/** A method: its messages, which sides stream, and the gateway's paths. */
export interface MethodEntry {
  readonly request: string;
  readonly response: string;
  readonly requestStream?: boolean;
  readonly responseStream?: boolean;
  readonly paths: readonly string[];
}

/** Messages by full name, then fields by name. */
export const MESSAGES: Readonly<Record<string, Readonly<Record<string, FieldEntry>>>> = ${json(messages)};

/** Enums by full name, then numbers by name. */
export const ENUMS: Readonly<Record<string, Readonly<Record<string, number>>>> = ${json(enums)};

/** Services by full name, then methods by name. */
export const SERVICES: Readonly<Record<string, Readonly<Record<string, MethodEntry>>>> = ${json(services)};
`;
writeFileSync(new URL("../../packages/etcd-api/src/generated/etcd-messages.ts", import.meta.url), text);

/** Fields of 64 bits that name something: bigint in the types, where others are numbers. */
const ID_FIELDS = new Set(["lease", "ID", "cluster_id", "member_id", "memberID", "leader", "targetID"]);

const shortName = (name) => name.replace(/^([a-z0-9]+\.)+/, "").replaceAll(".", "");

function typeOf(name, { type, repeated, oneof }) {
  let text;
  if (/int64$/.test(type)) text = ID_FIELDS.has(name) ? "bigint" : "number";
  else if (/int32$/.test(type) || enums[type]) text = "number";
  else if (type === "bool") text = "boolean";
  else if (type === "bytes") text = "Uint8Array";
  else if (type === "string") text = "string";
  else text = shortName(type);
  if (repeated) return `readonly ${text}[]`;
  return messages[type] || oneof ? `${text} | undefined` : text;
}

const types = Object.entries(messages).map(([name, fields]) => {
  const lines = Object.entries(fields).map(
    ([field, entry]) => `  readonly ${field}: ${typeOf(field, entry)};`,
  );
  return `/** ${name} */\nexport interface ${shortName(name)} {\n${lines.join("\n")}\n}\n`;
});
const map = Object.keys(messages).map((name) => `  readonly "${name}": ${shortName(name)};`);
writeFileSync(
  new URL("../../packages/etcd-api/src/generated/etcd-types.ts", import.meta.url),
  `/** Made by scripts/etcd-proto/generate.mjs from etcd ${VERSION}; not to be edited. */

${types.join("\n")}
/** Types by the full names of their messages. */
export interface MessageTypes {
${map.join("\n")}
}
`,
);
