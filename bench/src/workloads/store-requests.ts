/**
 * The store's workloads, over gRPC and embedded alike: put, create transaction, range in both consistencies,
 * watch.
 */
import {
  inParallel,
  measured,
  type OperationResult,
  type Size,
  type StoreContext,
  type StoreWorkload,
  workOf,
} from "../workload.ts";
import { fanOutOf, runFanOut } from "./fan-out.ts";

const SURFACES = ["store", "embedded"] as const;
const VALUE_BYTES = 256;
const KEYS = { smoke: 100, full: 10_000 };
const READ_OPERATIONS = { smoke: 300, full: 40_000 };
const WRITE_OPERATIONS = { smoke: 200, full: 20_000 };
const FAN_OUT = { smoke: { watchers: 10, events: 20 }, full: { watchers: 100, events: 1_000 } };

/** 256 bytes that differ by index; `head` stands at their beginning. */
function valueBytes(index: number, head = ""): Buffer {
  const value = Buffer.alloc(VALUE_BYTES, 0x61 + (index % 26));
  value.write(head, "latin1");
  return value;
}

interface StoreRequests {
  readonly name: string;
  readonly title: string;
  readonly operations: Record<Size, number>;
  /** Keys k-0 … that are there before. */
  readonly keys?: Record<Size, number>;
  request(context: StoreContext, index: number): Promise<OperationResult>;
}

function storeWorkload(spec: StoreRequests): StoreWorkload {
  return {
    name: spec.name,
    title: spec.title,
    unit: "request",
    surfaces: SURFACES,
    concurrency: 64,
    members: [1, 3],
    prepare: async (context) => {
      await inParallel(spec.keys?.[context.size] ?? 0, 64, async (index) => {
        const { status } = await context.store.put(`${context.namespace}/k-${index}`, valueBytes(index));
        if (status >= 300) throw new Error(`put: ${status}`);
      });
    },
    run: (context, recorder) =>
      measured(workOf(context, spec.operations), context, recorder, (index) => spec.request(context, index)),
  };
}

function rangeWorkload(name: string, title: string, serializable: boolean): StoreWorkload {
  return storeWorkload({
    name,
    title,
    operations: READ_OPERATIONS,
    keys: KEYS,
    request: ({ namespace, size, store }, index) =>
      store.range(`${namespace}/k-${(index * 31) % KEYS[size]}`, { serializable }),
  });
}

const watch: StoreWorkload = {
  name: "store-watch",
  title: "store: watch, 100 watchers of 256-byte values",
  unit: "event",
  surfaces: SURFACES,
  concurrency: 8,
  members: [1, 3],
  run: async (context, recorder) => {
    const { namespace, store } = context;
    await runFanOut(context, recorder, fanOutOf(context, FAN_OUT), {
      open: async (slot, event) => {
        const opened = store.watch(`${namespace}/`, slot, (value) => {
          recorder.received(value.length);
          event(Number.parseFloat(Buffer.from(value.subarray(0, 20)).toString("latin1")));
        });
        await opened.opened;
        return opened;
      },
      write: async (index, sentAt) => {
        const { status, sentBytes } = await store.put(
          `${namespace}/e-${index % 100}`,
          valueBytes(index, `${sentAt} `),
        );
        if (status >= 300) throw new Error(`put: ${status}`);
        recorder.sent(sentBytes);
      },
    });
  },
};

/** In the order in which they are run and shown. */
export const storeWorkloads: readonly StoreWorkload[] = [
  storeWorkload({
    name: "store-put",
    title: "store: put, 256 bytes",
    operations: WRITE_OPERATIONS,
    request: ({ namespace, store }, index) =>
      store.put(`${namespace}/p-${index % 10_000}`, valueBytes(index)),
  }),
  storeWorkload({
    name: "store-txn",
    title: "store: transaction that creates a key, 256 bytes",
    operations: WRITE_OPERATIONS,
    request: ({ namespace, store }, index) => store.create(`${namespace}/t-${index}`, valueBytes(index)),
  }),
  rangeWorkload("store-range", "store: linearizable range of one key", false),
  rangeWorkload("store-range-serializable", "store: serializable range of one key", true),
  storeWorkload({
    name: "store-list",
    title: "store: linearizable range of 1,000 keys",
    operations: { smoke: 10, full: 500 },
    keys: { smoke: 100, full: 1_000 },
    request: ({ namespace, store }) => store.range(`${namespace}/k-`, { serializable: false, prefix: true }),
  }),
  watch,
];
