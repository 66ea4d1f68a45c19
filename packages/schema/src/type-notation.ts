/**
 * Reads the notation of `generated/types.json`, one text a type, into TypeTables; a type is read on first
 * use, so that starting a member costs nothing for the hundreds of types it never sees.
 *
 *   DeploymentSpec                                  <- Go name, then tab-separated attributes of the type
 *   replicas int32 op 1                             <- name, value, flags, protobuf number
 *   template &io.k8s.api.core.v1.PodTemplateSpec r 3  d={}
 *   ~ &io.k8s.api.core.v1.VolumeSource - 2          <- an embedded struct
 *
 * Values: `[]x` list, `{}x` map, `&model` struct, `word&model` a type with an encoding of its own, `@name`
 * its Go name (inside the brackets of a list or map), `!` a list in a protobuf message of its own. Flags: r
 * required, o omitempty, z omitzero, p pointer.
 */
import type { FieldTable, ProtoSlot, TypeName, TypeTable, ValueTable, ValueType } from "./kind.ts";

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

const GO_NAMES: Readonly<Record<string, string>> = {
  double: "float64",
  bytes: "[]uint8",
  time: "v1.Time",
  microTime: "v1.MicroTime",
  duration: "v1.Duration",
  quantity: "resource.Quantity",
  intOrString: "intstr.IntOrString",
  schemaOrBool: "v1.JSONSchemaPropsOrBool",
  schemaOrArray: "v1.JSONSchemaPropsOrArray",
  schemaOrStrings: "v1.JSONSchemaPropsOrStringArray",
};

/** Reads the text of one type; `embedded` gives the table of a struct that it embeds. */
export function parseType(name: TypeName, text: string, embedded: (name: TypeName) => TypeTable): TypeTable {
  const lines = text.split("\n");
  const [goName, ...attributes] = lines[0]!.split("\t");
  const fields: FieldTable[] = [];
  const proto: ProtoSlot[] = [];
  const inlined: TypeName[] = [];
  for (let i = 1; i < lines.length; i++) {
    const [head, ...facts] = lines[i]!.split("\t");
    const [fieldName, value, flags, protoText] = head!.split(" ") as [string, string, string, string];
    const number = Number(protoText);
    if (fieldName === "~") {
      const inner = value.slice(1);
      fields.push(...flattened(embedded(inner)));
      inlined.push(inner);
      if (number > 0) proto.push({ number, embedded: inner });
      continue;
    }
    const field = parseField(fieldName, value, flags, number, facts);
    fields.push(field);
    if (number > 0) proto.push({ number, field });
  }
  proto.sort((a, b) => a.number - b.number);
  const table: Mutable<TypeTable> = {
    name,
    goName: goName!,
    fields,
    byName: new Map(fields.map((field) => [field.name, field])),
    embedded: inlined,
    proto,
  };
  for (const attribute of attributes) {
    if (attribute.startsWith("mt=")) table.mapType = attribute.slice(3) as "atomic" | "granular";
    else if (attribute.startsWith("u=")) table.unions = JSON.parse(attribute.slice(2)) as unknown[];
  }
  return table;
}

function flattened(inner: TypeTable): FieldTable[] {
  return inner.fields.map((field) => ({
    ...field,
    embeddedIn: field.embeddedIn === undefined ? inner.goName : `${inner.goName}.${field.embeddedIn}`,
  }));
}

function parseField(
  name: string,
  value: string,
  flags: string,
  protoNumber: number,
  facts: string[],
): FieldTable {
  const field: Mutable<FieldTable> = {
    name,
    value: parseValue(value),
    required: flags.includes("r"),
    omitEmpty: flags.includes("o"),
    omitZero: flags.includes("z"),
    pointer: flags.includes("p"),
    embeddedIn: undefined,
    protoNumber,
    patchStrategy: undefined,
    patchMergeKey: undefined,
    listType: undefined,
    listMapKeys: undefined,
    mapType: undefined,
    enum: undefined,
    openApiDefault: undefined,
  };
  for (const fact of facts) {
    const equals = fact.indexOf("=");
    const text = fact.slice(equals + 1);
    switch (fact.slice(0, equals)) {
      case "ps":
        field.patchStrategy = text.split(",");
        break;
      case "pk":
        field.patchMergeKey = text;
        break;
      case "lt":
        field.listType = text as FieldTable["listType"];
        break;
      case "lk":
        field.listMapKeys = text.split(",");
        break;
      case "mt":
        field.mapType = text as FieldTable["mapType"];
        break;
      case "e":
        field.enum = JSON.parse(text) as string[];
        break;
      case "d":
        field.openApiDefault = JSON.parse(text) as unknown;
        break;
    }
  }
  return field;
}

function parseValue(text: string): ValueTable {
  const opening = text[0];
  if (opening !== "[" && opening !== "{") return parseSingle(text);
  const close = text.indexOf(opening === "[" ? "]" : "}");
  const own = text.slice(1, close);
  const elem = parseValue(text.slice(close + 1));
  const unnamed = `${opening === "[" ? "[]" : "map[string]"}${elem.goType}`;
  return {
    type: opening === "[" ? "list" : "map",
    ref: undefined,
    elem,
    goType: own === "" ? unnamed : own.replace(/^@|!$/g, ""),
    wrapped: own.endsWith("!"),
  };
}

function parseSingle(text: string): ValueTable {
  const [plain, named] = text.split("@") as [string, string | undefined];
  const [word, ref] = plain.split("&") as [string, string | undefined];
  const type = (word === "" ? "struct" : word) as ValueType;
  const goType = named ?? GO_NAMES[type] ?? (ref === undefined ? type : shortGoName(ref));
  return { type, ref, elem: undefined, goType, wrapped: false };
}

/** `io.k8s.api.core.v1.PodSpec` -> `v1.PodSpec`, as Go prints it. */
function shortGoName(model: TypeName): string {
  return model.split(".").slice(-2).join(".");
}
