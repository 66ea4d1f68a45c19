/**
 * Events of a watch as bytes: JSON lines or length-prefixed protobuf. A frame depends on the event and the
 * form alone, so that it is made once for all watchers; only Table rows, which hold ages, are made for each.
 */
import { type GroupVersionKind, goJson, type JsonObject, type KubernetesObject } from "@quorate/object";
import type { StoredObject, WatchEvent, WatchEventType } from "@quorate/registry";
import {
  columnsOf,
  encodeProtobuf,
  encodeWatchFrame,
  type SchemaRegistry,
  wrapProtobuf,
} from "@quorate/schema";
import type { FrameEncoder } from "../verbs/watch-stream.ts";
import type { MediaType } from "./media-type.ts";
import { PARTIAL, partialJson, type ResourceCodec } from "./resource-codec.ts";
import { rowTable, type TableOptions } from "./table-chunks.ts";

const STATUS: GroupVersionKind = { group: "", version: "v1", kind: "Status" };
const END = Buffer.from("}\n");
const HEADS: Readonly<Record<WatchEventType, Buffer>> = {
  ADDED: headOf("ADDED"),
  MODIFIED: headOf("MODIFIED"),
  DELETED: headOf("DELETED"),
  BOOKMARK: headOf("BOOKMARK"),
  ERROR: headOf("ERROR"),
};

function headOf(type: WatchEventType): Buffer {
  return Buffer.from(`{"type":"${type}","object":`);
}

function jsonFrame(type: WatchEventType, json: Buffer): Buffer {
  const head = HEADS[type];
  const frame = Buffer.allocUnsafe(head.length + json.length + END.length);
  head.copy(frame);
  json.copy(frame, head.length);
  END.copy(frame, head.length + json.length);
  return frame;
}

/** The encoder of one watch; `options` makes the options of a Table, where the client wants one. */
export function frameEncoder(
  schema: SchemaRegistry,
  codec: ResourceCodec,
  media: MediaType,
  options: () => TableOptions,
): FrameEncoder {
  const { encoding, form } = media;
  if (form === "Table") return tableEncoder(codec, options);
  const key = `${encoding} ${form || codec.apiVersion}${form && media.metaVersion}`;
  const encode = encoding === "protobuf" ? protobufFrame(schema, codec, media) : jsonFrames(codec, media);
  return (event) => (event.type === "ERROR" ? errorFrame(schema, event, encoding) : event.frame(key, encode));
}

type Encode = (type: WatchEventType, object: StoredObject) => Buffer;

function jsonFrames(codec: ResourceCodec, media: MediaType): Encode {
  if (media.form === "") return (type, object) => jsonFrame(type, codec.json(object));
  return (type, object) => jsonFrame(type, Buffer.from(partialJson(object.decode(), media.metaVersion)));
}

function protobufFrame(_schema: SchemaRegistry, codec: ResourceCodec, media: MediaType): Encode {
  if (media.form === "") {
    return (type, object) => encodeWatchFrame(type, wrapProtobuf(codec.resource, codec.message(object)));
  }
  const kind = { ...PARTIAL, version: media.metaVersion };
  return (type, object) => encodeWatchFrame(type, wrapProtobuf(kind, codec.partialMessage(object)));
}

function errorFrame(schema: SchemaRegistry, event: WatchEvent, encoding: MediaType["encoding"]): Buffer {
  if (encoding !== "protobuf") return jsonFrame("ERROR", event.object.json);
  const status = event.object.decode() as unknown as JsonObject;
  return encodeWatchFrame("ERROR", encodeProtobuf(schema, STATUS, status));
}

/** Compat: only the first table of a stream says its columns. */
function tableEncoder(codec: ResourceCodec, options: () => TableOptions): FrameEncoder {
  let columns = goJson(columnsOf(codec.resource));
  return (event) => {
    if (event.type === "ERROR") return jsonFrame("ERROR", event.object.json);
    const object: KubernetesObject = codec.decode(event.object);
    const json = rowTable(codec.resource, object, columns, options());
    columns = "null";
    return jsonFrame(event.type, Buffer.from(json));
  };
}
