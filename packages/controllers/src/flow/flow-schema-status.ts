/**
 * Keeps the `Dangling` condition of every FlowSchema: whether the priority level that it names is there. One
 * pass looks at all of them, as there are few, and both kinds of change start one.
 */
import {
  formatTime,
  type JsonObject,
  type KubernetesObject,
  objectIn,
  objectsIn,
  stringIn,
} from "@quorate/object";
import type { ResourceStore } from "@quorate/registry";
import type { Controller, ControllerContext } from "../controller.ts";
import { OnePass } from "../one-pass.ts";
import { changeObject } from "../write-as-server.ts";

const GROUP = "flowcontrol.apiserver.k8s.io";
const TYPE = "Dangling";

/** The condition of a schema that names `level`, without its time. */
export function danglingCondition(level: string, isThere: boolean): JsonObject {
  const names = `This FlowSchema references the PriorityLevelConfiguration object named "${level}"`;
  return {
    type: TYPE,
    status: isThere ? "False" : "True",
    reason: isThere ? "Found" : "NotFound",
    message: isThere ? `${names} and it exists` : `${names} but there is no such object`,
  };
}

/** The name of the level that a schema is for. */
export function levelOf(schema: KubernetesObject): string {
  return stringIn(objectIn(schema.spec, "priorityLevelConfiguration"), "name");
}

function isCurrent(schema: KubernetesObject, wanted: JsonObject): boolean {
  const found = objectsIn(schema.status, "conditions").find((one) => stringIn(one, "type") === TYPE);
  return found !== undefined && ["status", "reason", "message"].every((key) => found[key] === wanted[key]);
}

/** Follows schemas and levels while it runs, and writes the conditions that have changed. */
export class FlowSchemaStatus implements Controller {
  readonly name = "flow-schema-status";
  readonly #context: ControllerContext;
  readonly #schemas: ResourceStore;
  readonly #levels: ResourceStore;
  #pass: OnePass | undefined;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#schemas = context.stores.store(GROUP, "flowschemas");
    this.#levels = context.stores.store(GROUP, "prioritylevelconfigurations");
  }

  start(): void {
    this.#pass = new OnePass(this.#context, {
      stores: [this.#schemas, this.#levels],
      sync: () => this.#sync(),
      failure: "conditions of flow schemas could not be written yet",
    });
    this.#pass.start();
  }

  async stop(): Promise<void> {
    await this.#pass?.stop();
  }

  async #sync(): Promise<undefined> {
    const everything = { namespace: "", resourceVersion: "0" };
    const levels = await this.#levels.list(everything);
    const names = new Set(levels.items.map((item) => item.decode().metadata.name));
    const { items } = await this.#schemas.list(everything);
    for (const item of items) {
      const schema = item.decode();
      const level = levelOf(schema);
      const wanted = danglingCondition(level, names.has(level));
      if (!isCurrent(schema, wanted)) await this.#write(schema, level, wanted);
    }
    return undefined;
  }

  async #write(schema: KubernetesObject, level: string, wanted: JsonObject): Promise<void> {
    const { clock } = this.#context;
    await changeObject(this.#schemas, clock, {
      namespace: "",
      name: schema.metadata.name!,
      uid: schema.metadata.uid!,
      subresource: "status",
      change: (current) => {
        if (levelOf(current) !== level || isCurrent(current, wanted)) return false;
        const others = objectsIn(current.status, "conditions").filter(
          (one) => stringIn(one, "type") !== TYPE,
        );
        const condition = { ...wanted, lastTransitionTime: formatTime(clock.wallMs()) };
        current.status = { ...current.status, conditions: [...others, condition] };
        return true;
      },
    });
  }
}
