/**
 * What harm is to be done: kinds with counts, in an order that the seed draws; kinds one after the other; or
 * any at random.
 */
import { CodedError, type Random } from "@quorate/base";
import { HARMS, type Harm, PARTITIONS } from "./harm.ts";

const PARTITION = "partition";

/** What `--harms` may name. */
export const HARM_NAMES: readonly string[] = [...HARMS, PARTITION];

function badHarms(text: string): CodedError {
  return new CodedError("BAD_FLAG", `--harms: ${text}`);
}

function kindsOf(name: string): readonly Harm[] {
  if (name === PARTITION) return PARTITIONS;
  const harm = HARMS.find((one) => one === name);
  if (harm) return [harm];
  throw badHarms(`there is no ${JSON.stringify(name)}; there are: ${HARM_NAMES.join(", ")}`);
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  return items.map(() => left.splice(random.int(left.length), 1)[0]!);
}

/** Hands out one harm after the other. */
export class HarmPlan {
  /** How many were asked for; infinite where they go on until the time is over. */
  readonly total: number;
  /** Those that may come. */
  readonly kinds: ReadonlySet<Harm>;
  readonly #next: (number: number) => Harm;
  #given = 0;

  private constructor(kinds: readonly Harm[], total: number, next: (number: number) => Harm) {
    this.kinds = new Set(kinds);
    this.total = total;
    this.#next = next;
  }

  /** These, in this order. */
  static of(harms: readonly Harm[]): HarmPlan {
    return new HarmPlan(harms, harms.length, (number) => harms[number]!);
  }

  /**
   * Reads `kill-leader=100,partition=50`: so many of each, in an order drawn from `random`; or
   * `kill-leader,pause-one`: one after the other again and again. Without a text any at random.
   */
  static parse(text: string | undefined, random: Random): HarmPlan {
    const any = (): Harm => HARMS[random.int(HARMS.length)]!;
    if (text === undefined) return new HarmPlan(HARMS, Number.POSITIVE_INFINITY, any);
    const parts = text.split(",").map((part) => {
      const [name = "", count, ...rest] = part.trim().split("=");
      if (rest.length > 0 || (count !== undefined && !/^[1-9]\d{0,5}$/.test(count)))
        throw badHarms(`${JSON.stringify(part)} is not a kind with a count, such as kill-leader=100`);
      return { kinds: kindsOf(name), count: count === undefined ? undefined : Number(count) };
    });
    const counted = parts.filter(({ count }) => count !== undefined);
    if (counted.length === 0) {
      const cycle = parts.flatMap(({ kinds }) => kinds);
      return new HarmPlan(cycle, Number.POSITIVE_INFINITY, (number) => cycle[number % cycle.length]!);
    }
    if (counted.length < parts.length) throw badHarms("give a count with every kind, or with none");
    const all = parts.flatMap(({ kinds, count }) =>
      Array.from({ length: count! }, (_, number) => kinds[number % kinds.length]!),
    );
    return HarmPlan.of(shuffled(all, random));
  }

  get isDone(): boolean {
    return this.#given >= this.total;
  }

  /** The next harm. Call it only while `isDone` is false. */
  next(): Harm {
    return this.#next(this.#given++);
  }
}
