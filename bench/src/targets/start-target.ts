/** Starts either side of any surface. */
import type { Side, Surface, Target } from "../target.ts";
import { startEmbedded } from "./embedded-target.ts";
import { QUORATE_STORE, type QuorateOptions, startQuorate } from "./quorate-target.ts";
import type { ReferenceBinaries } from "./reference-binaries.ts";
import { etcdCommand, startReference } from "./reference-target.ts";
import { startStore } from "./store-target.ts";

/** What is to be started. */
export interface TargetChoice {
  readonly side: Side;
  readonly surface: Surface;
  readonly members: number;
  /** Of Quorate's API: data of an earlier start to go on with. */
  readonly directory?: string;
}

/** Starts targets, for a run with or without the references. */
export class TargetStarter {
  readonly #binaries: ReferenceBinaries | undefined;
  readonly #quorate: Omit<QuorateOptions, "members">;
  readonly #running = new Set<Target>();

  constructor(binaries: ReferenceBinaries | undefined, quorate: Omit<QuorateOptions, "members"> = {}) {
    this.#binaries = binaries;
    this.#quorate = quorate;
  }

  /** The sides that a surface has in this run. */
  sidesOf(surface: Surface): readonly Side[] {
    return this.#binaries && surface !== "embedded" ? ["quorate", "reference"] : ["quorate"];
  }

  /** Starts one; whoever asks stops it. */
  async start(choice: TargetChoice): Promise<Target> {
    const target = await this.#start(choice);
    this.#running.add(target);
    return {
      ...target,
      stop: async () => {
        this.#running.delete(target);
        await target.stop();
      },
    };
  }

  /** Stops what still runs, where a run is broken off. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((target) => target.stop()));
  }

  #start({ side, surface, members, directory }: TargetChoice): Promise<Target> {
    if (surface === "embedded") return startEmbedded(members);
    if (side === "quorate") {
      return surface === "api"
        ? startQuorate({ ...this.#quorate, members, ...(directory !== undefined && { directory }) })
        : startStore(members, QUORATE_STORE, this.#quorate.environment);
    }
    if (!this.#binaries) throw new Error("the references were not asked for");
    return surface === "api"
      ? startReference(members, this.#binaries)
      : startStore(members, etcdCommand(this.#binaries));
  }
}
