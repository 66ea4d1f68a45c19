/**
 * The calls of test clients on any Kv, each written down with what it means for its keys: put, get, delete,
 * compare-and-swap, a transaction over two keys, ranges now and in the past, compaction.
 */
import { compareBytes } from "@quorate/base";
import type { CallOptions, Kv, RangeResponse, TxnResponse } from "@quorate/mvcc";
import type { Held, KeyStep } from "../check/history.ts";
import { held, type Recorder } from "./recorder.ts";

/** Keys that clients write share this prefix; all sort between KEYS and KEYS_END. */
export const KEYS = "k/";
/** Behind all of them. */
export const KEYS_END = "k0";

/** Between which keys a range over all of them reads. */
export interface KeyBounds {
  readonly start: string;
  readonly end: string;
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

function sawAll(keys: readonly string[], { kvs }: RangeResponse): KeyStep[] {
  const found = new Map(kvs.map((kv) => [Buffer.from(kv.key).toString("latin1"), held(kv)]));
  return keys.map((key) => ({ key, saw: { value: found.get(key) } }));
}

/** One client's calls on one Kv. */
export class Calls {
  readonly kv: Kv;
  readonly #recorder: Recorder;
  readonly #client: string;
  readonly #options: CallOptions;
  /** All keys of the run: a range over them tells of each. */
  readonly #keys: readonly string[];
  readonly #bounds: KeyBounds;

  constructor(
    kv: Kv,
    options: {
      readonly recorder: Recorder;
      readonly client: string;
      readonly keys: readonly string[];
      /** Holds exactly `keys`; default: all that clients write. */
      readonly bounds?: KeyBounds;
      readonly call?: CallOptions;
    },
  ) {
    this.kv = kv;
    this.#recorder = options.recorder;
    this.#client = options.client;
    this.#keys = options.keys;
    this.#bounds = options.bounds ?? { start: KEYS, end: KEYS_END };
    this.#options = options.call ?? {};
  }

  put(key: string, value: string, prevKv: boolean): Promise<unknown> {
    const wrote = { value };
    return this.#recorder.call(
      this.#form("put", [{ key, wrote }], true),
      () => this.kv.put({ key: bytes(key), value: bytes(value), prevKv }, this.#options),
      ({ header, prevKv: before }) => ({
        header,
        steps: [{ key, wrote, ...(prevKv ? { saw: { value: held(before) } } : undefined) }],
      }),
    );
  }

  get(key: string, serializable: boolean): Promise<RangeResponse | undefined> {
    return this.#recorder.call(
      this.#form(serializable ? "serializable get" : "get", [], false, !serializable),
      () => this.kv.range({ key: bytes(key), serializable }, this.#options),
      (answer) => ({ header: answer.header, steps: sawAll([key], answer) }),
    );
  }

  /** All keys at once, at `revision` where one is given. */
  range(revision: number, serializable: boolean): Promise<RangeResponse | undefined> {
    const { start, end } = this.#bounds;
    const request = { key: bytes(start), rangeEnd: bytes(end), revision, serializable };
    const isNow = revision === 0;
    return this.#recorder.call(
      this.#form(isNow ? "range" : `range at ${revision}`, [], false, isNow && !serializable),
      () => this.kv.range(request, this.#options),
      (answer) => ({
        header: isNow ? answer.header : { ...answer.header, revision },
        steps: sawAll(this.#keys, answer),
      }),
    );
  }

  delete(key: string): Promise<unknown> {
    const wrote = { value: undefined };
    return this.#recorder.call(
      this.#form("delete", [{ key, wrote }], true),
      () => this.kv.deleteRange({ key: bytes(key), prevKv: true }, this.#options),
      ({ header, deleted, prevKvs }) => ({
        header,
        steps: [
          deleted > 0 ? { key, saw: { value: held(prevKvs[0]) }, wrote } : { key, saw: { value: undefined } },
        ],
      }),
    );
  }

  /**
   * Writes `value` where the key holds `expected` (undefined: where it is absent), tells what it holds
   * otherwise.
   */
  swap(key: string, expected: Held, value: string): Promise<TxnResponse | undefined> {
    const step: KeyStep = { key, onlyIf: { value: expected }, wrote: { value } };
    const key_ = bytes(key);
    return this.#recorder.call(
      this.#form("swap", [step], true),
      () =>
        this.kv.txn(
          {
            compare: [
              expected === undefined
                ? { key: key_, target: "version", version: 0, result: "equal" }
                : { key: key_, target: "value", value: bytes(expected), result: "equal" },
            ],
            success: [{ op: "put", request: { key: key_, value: bytes(value) } }],
            failure: [{ op: "range", request: { key: key_ } }],
          },
          this.#options,
        ),
      ({ header, succeeded, responses }) => {
        if (succeeded) return { header, steps: [{ key, saw: { value: expected }, wrote: { value } }] };
        const found = responses[0]!;
        return { header, steps: found.op === "range" ? sawAll([key], found.response) : [] };
      },
    );
  }

  /** Writes the same value to two keys in one step and reads both back in it. */
  putBoth(first: string, second: string, value: string): Promise<unknown> {
    const keys = first === second ? [first] : [first, second];
    const steps = keys.map((key): KeyStep => ({ key, wrote: { value } }));
    return this.#recorder.call(
      this.#form("put both", steps, true),
      () =>
        this.kv.txn(
          {
            compare: [],
            success: keys.map((key) => ({ op: "put", request: { key: bytes(key), value: bytes(value) } })),
            failure: [],
          },
          this.#options,
        ),
      ({ header }) => ({ header, steps }),
    );
  }

  compact(revision: number): Promise<unknown> {
    return this.#recorder.call(
      { client: this.#client, name: "compact", attempted: [], isLinearizable: false, isWrite: false },
      () => this.kv.compact({ revision }, this.#options),
      (header) => ({ header: { ...header, revision: 0 }, steps: [] }),
    );
  }

  #form(name: string, attempted: readonly KeyStep[], isWrite: boolean, isLinearizable = true) {
    return { client: this.#client, name, attempted, isLinearizable, isWrite };
  }
}

/** Whether two byte strings are in order: what ranges must be. */
export function isAscending(answer: RangeResponse): boolean {
  return answer.kvs.every((kv, at) => at === 0 || compareBytes(answer.kvs[at - 1]!.key, kv.key) < 0);
}
