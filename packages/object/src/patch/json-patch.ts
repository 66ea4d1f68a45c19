/**
 * JSON Patch (RFC 6902) as the reference applies it: negative array indexes count from the end, `replace` of
 * an absent key adds it, at most 10,000 operations, at most 3 MiB of copied data. A patch that can't be
 * decoded is a 400, one that can't be applied a 422; nothing of a failed patch is kept.
 */
import type { JsonObject, JsonValue } from "../kubernetes-object.ts";
import { badRequest, entityTooLarge, unprocessable } from "../statuses.ts";
import { isObject, jsonEqual } from "./json-equal.ts";

/** Bound: operations of one patch. */
export const JSON_PATCH_OPERATIONS_MAX = 10_000;
/** Bound: bytes that all `copy` operations of one patch may add. */
export const JSON_PATCH_COPY_BYTES_MAX = 3 * 1024 * 1024;

export interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  /** undefined where the operation carries none. */
  readonly value?: JsonValue;
}

/** Checks a decoded body; throws the 400 or 413 that the reference gives. */
export function decodeJsonPatch(body: unknown): JsonPatchOperation[] {
  if (!Array.isArray(body))
    throw badRequest("error decoding patch: a JSON patch must be an array of operations");
  if (body.length > JSON_PATCH_OPERATIONS_MAX) {
    const max = JSON_PATCH_OPERATIONS_MAX;
    throw entityTooLarge(`The allowed maximum operations in a JSON patch is ${max}, got ${body.length}`);
  }
  return body.map((item, index) => {
    if (!isObject(item)) throw badRequest(`error decoding patch: operation ${index} must be an object`);
    for (const key of ["op", "path", "from"]) {
      const value = item[key];
      if (value !== undefined && value !== null && typeof value !== "string") {
        throw badRequest(`error decoding patch: field ${key} of operation ${index} must be a string`);
      }
    }
    return item as unknown as JsonPatchOperation;
  });
}

type Container = JsonObject | JsonValue[];

class PatchFailure extends Error {}

/** Applies the operations in order to `document`, which is changed and must not be used after a failure. */
export function applyJsonPatch(document: JsonValue, operations: readonly JsonPatchOperation[]): JsonValue {
  try {
    return new Application(document).run(operations);
  } catch (error) {
    if (error instanceof PatchFailure) throw unprocessable(error.message);
    throw error;
  }
}

class Application {
  #document: JsonValue;
  #copiedBytes = 0;

  constructor(document: JsonValue) {
    this.#document = document;
  }

  run(operations: readonly JsonPatchOperation[]): JsonValue {
    for (const operation of operations) this.#apply(operation);
    return this.#document;
  }

  #apply({ op, path, from, value }: JsonPatchOperation): void {
    if (typeof path !== "string")
      throw new PatchFailure(`${op} operation failed to decode path: missing value`);
    if (op === "add") this.#add(op, path, value ?? null);
    else if (op === "replace") this.#replace(path, value ?? null);
    else if (op === "test") this.#test(path, value ?? null);
    else if (op === "remove") {
      const { container, key } = this.#find(op, path);
      removeFrom(container, key, op, path);
    } else if (op === "move" || op === "copy") {
      if (typeof from !== "string") {
        throw new PatchFailure(`${op} operation failed to decode from: missing value`);
      }
      this.#transfer(op, from, path);
    } else throw new PatchFailure(`Unexpected kind: ${op}`);
  }

  #add(op: string, path: string, value: JsonValue): void {
    const { container, key } = this.#find(op, path);
    if (!Array.isArray(container)) put(container, key, value);
    else if (key === "-") container.push(value);
    else container.splice(arrayIndex(key, container.length + 1, op, path), 0, value);
  }

  #replace(path: string, value: JsonValue): void {
    if (path === "") {
      if (typeof value !== "object" || value === null) {
        throw new PatchFailure("replace operation value must be object or array");
      }
      this.#document = value;
      return;
    }
    const { container, key } = this.#find("replace", path);
    if (Array.isArray(container)) container[arrayIndex(key, container.length, "replace", path)] = value;
    else put(container, key, value);
  }

  #test(path: string, value: JsonValue): void {
    const actual = path === "" ? this.#document : this.#read("test", path);
    if (!jsonEqual(actual ?? null, value))
      throw new PatchFailure(`testing value ${path} failed: test failed`);
  }

  #transfer(op: "move" | "copy", from: string, path: string): void {
    const value = this.#read(op, from) ?? null;
    if (op === "copy") {
      const text = JSON.stringify(value);
      this.#copiedBytes += text.length;
      if (this.#copiedBytes > JSON_PATCH_COPY_BYTES_MAX) {
        throw new PatchFailure(
          "Unable to complete the copy, the accumulated size increase of copy is " +
            `${this.#copiedBytes}, exceeding the limit ${JSON_PATCH_COPY_BYTES_MAX}`,
        );
      }
      this.#add(op, path, JSON.parse(text) as JsonValue);
      return;
    }
    const { container, key } = this.#find(op, from);
    removeFrom(container, key, op, from);
    this.#add(op, path, value);
  }

  #read(op: string, path: string): JsonValue | undefined {
    const { container, key } = this.#find(op, path);
    if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
    return container[arrayIndex(key, container.length, op, path)];
  }

  /** The container in which the last part of the path lies. */
  #find(op: string, path: string): { container: Container; key: string } {
    const parts = path.split("/");
    const missing = () => new PatchFailure(`${op} operation does not apply: doc is missing path: "${path}"`);
    if (parts.length < 2 || typeof this.#document !== "object" || this.#document === null) throw missing();
    let container: Container = this.#document;
    for (let i = 1; i < parts.length - 1; i++) {
      const next = child(container, decodePart(parts[i]!));
      if (typeof next !== "object" || next === null) throw missing();
      container = next;
    }
    return { container, key: decodePart(parts.at(-1)!) };
  }
}

function child(container: Container, key: string): JsonValue | undefined {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  const index = Number(key);
  return Number.isInteger(index) ? container.at(index) : undefined;
}

function removeFrom(container: Container, key: string, op: string, path: string): void {
  if (Array.isArray(container)) container.splice(arrayIndex(key, container.length, op, path), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw new PatchFailure(`error in ${op} for path: '${path}': Unable to remove nonexistent key: ${key}`);
}

function arrayIndex(key: string, length: number, op: string, path: string): number {
  const index = /^[-+]?[0-9]+$/.test(key) ? Number(key) : Number.NaN;
  if (Number.isNaN(index)) {
    throw new PatchFailure(
      `error in ${op} for path: '${path}': value was not a proper array index: '${key}'`,
    );
  }
  if (index >= length || index < -length) {
    throw new PatchFailure(`error in ${op} for path: '${path}': Unable to access invalid index: ${index}`);
  }
  return index < 0 ? index + length : index;
}

/** Safety: `__proto__` must become a key like any other, not a prototype. */
function put(container: JsonObject, key: string, value: JsonValue): void {
  if (key === "__proto__") {
    Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
  } else container[key] = value;
}

function decodePart(part: string): string {
  return part.includes("~") ? part.replaceAll("~1", "/").replaceAll("~0", "~") : part;
}
