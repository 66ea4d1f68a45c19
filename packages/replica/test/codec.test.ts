import { isDeepStrictEqual } from "node:util";
import { hasCode, type Random, seededRandom } from "@quorate/base";
import type { Compare, RequestOp, TxnRequest } from "@quorate/mvcc";
import type { Message, MessageType } from "@quorate/raft";
import test from "ava";
import { ByteReader } from "../src/byte-reader.ts";
import { ByteWriter } from "../src/byte-writer.ts";
import { decodeCommand, encodeCommand, type LogCommand } from "../src/command-codec.ts";
import { readPeerMessages, writePeerMessages } from "../src/peer-codec.ts";
import type { PeerMessage } from "../src/peer-transport.ts";

const SEED = 20_261;

function some(random: Random, max = 20): Buffer {
  return Buffer.from(Array.from({ length: random.int(max) }, () => random.int(256)));
}

function pick<T>(random: Random, ...choices: readonly T[]): T {
  return choices[random.int(choices.length)]!;
}

function index(random: Random): number {
  return pick(random, random.int(100), 2 ** 32 + random.int(1000), Number.MAX_SAFE_INTEGER);
}

function id(random: Random): bigint {
  return pick(random, 0n, 1n, 2n ** 63n + BigInt(random.int(1000)), 2n ** 64n - 1n);
}

function compare(random: Random): Compare {
  const common = {
    key: some(random),
    result: pick(random, "equal", "not-equal", "greater", "less") as Compare["result"],
    ...(random.int(2) ? { rangeEnd: some(random) } : {}),
  };
  return pick<Compare>(
    random,
    { target: "version", version: index(random), ...common },
    { target: "create", createRevision: index(random), ...common },
    { target: "mod", modRevision: index(random), ...common },
    { target: "value", value: some(random), ...common },
    { target: "lease", lease: id(random), ...common },
  );
}

function op(random: Random, depth: number): RequestOp {
  if (depth < 3 && random.int(4) === 0) return { op: "txn", request: txn(random, depth + 1) };
  const key = some(random);
  const end = random.int(2) ? { rangeEnd: some(random) } : {};
  const prev = random.int(2) ? { prevKv: true } : {};
  const range = {
    key,
    ...end,
    ...(random.int(2) ? { limit: 1 + random.int(9), revision: 1 + random.int(1000) } : {}),
    ...(random.int(2) ? ({ sortOrder: "descend", sortTarget: "value" } as const) : {}),
    ...(random.int(2) ? { keysOnly: true, serializable: true } : { countOnly: true }),
    ...(random.int(2)
      ? { minModRevision: 0, maxModRevision: 5, minCreateRevision: index(random), maxCreateRevision: 0 }
      : {}),
  };
  const lease = random.int(2) ? { lease: 2n ** 64n - 1n } : {};
  const put = {
    key,
    value: some(random, 300),
    ...prev,
    ...lease,
    ...(random.int(2) ? { ignoreValue: true } : {}),
  };
  return pick<RequestOp>(
    random,
    { op: "range", request: random.int(3) ? range : { ...range, maxModRevision: 7, minModRevision: 0 } },
    { op: "put", request: put },
    { op: "delete-range", request: { key, ...end, ...prev } },
  );
}

function txn(random: Random, depth = 0): TxnRequest {
  const many = <T>(make: () => T): T[] => Array.from({ length: random.int(4) }, make);
  return {
    compare: many(() => compare(random)),
    success: many(() => op(random, depth)),
    failure: many(() => op(random, depth)),
  };
}

function command(random: Random): LogCommand {
  const plain = { op: "txn", request: txn(random) } as const;
  return pick<LogCommand>(
    random,
    plain,
    { op: "noop" },
    { op: "compact", revision: index(random) },
    { op: "lease-grant", id: id(random), ttlSeconds: random.int(1000) },
    { op: "lease-revoke", id: id(random) },
    { op: "lease-checkpoint", leases: [{ id: id(random), remainingSeconds: random.int(100) }] },
    { op: "alarm", alarm: "corrupt", member: id(random), raised: random.int(2) === 1 },
    { op: "auth", request: { type: "role-add", role: "r" } },
    { op: "as-user", caller: { user: "ü", authRevision: 7 }, command: plain },
    { op: "meta-put", key: "x", value: some(random) },
    { op: "meta-delete", key: "y" },
    { op: "member-update", member: { id: id(random), name: "n", peerUrls: ["a", "b"], clientUrls: [] } },
  );
}

/** Full ranges carry all four bounds; only what the codec adds as a default may differ. */
function normal(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, one) => {
      if (typeof one === "bigint") return `${one}n`;
      if (/^(min|max)(Mod|Create)Revision$/.test(key) && one === 0) return undefined;
      return one;
    }),
  );
}

test(`what is proposed is read back as it was (seed ${SEED})`, (t) => {
  const random = seededRandom(SEED);
  for (let i = 0; i < 2000; i++) {
    const one = command(random);
    const read = decodeCommand(encodeCommand(one));
    if (!isDeepStrictEqual(normal(read), normal(one))) t.deepEqual(normal(read), normal(one));
  }
  t.pass();
});

function message(random: Random): Message {
  const types: MessageType[] = [
    "app",
    "app-resp",
    "heartbeat",
    "vote",
    "pre-vote-resp",
    "snap",
    "read-index",
    "timeout-now",
  ];
  const conf = {
    voters: [1n, id(random)],
    votersOutgoing: [],
    learners: [3n],
    learnersNext: [],
    autoLeave: true,
  };
  return {
    type: pick(random, ...types),
    from: id(random),
    to: id(random),
    term: index(random),
    ...(random.int(2) ? { index: index(random), logTerm: random.int(9) } : {}),
    ...(random.int(2)
      ? {
          entries: [
            { index: index(random), term: 3, type: pick(random, "normal", "conf"), data: some(random) },
          ],
        }
      : {}),
    ...(random.int(2) ? { commit: index(random), reject: true, rejectHint: 0 } : {}),
    ...(random.int(2) ? { snapshot: { index: index(random), term: 2, conf } } : {}),
    ...(random.int(2) ? { context: id(random), force: true } : {}),
  };
}

function peerMessages(random: Random): PeerMessage[] {
  return Array.from({ length: 1 + random.int(3) }, () =>
    pick<PeerMessage>(
      random,
      { kind: "raft", message: message(random) },
      {
        kind: "propose",
        term: index(random),
        session: index(random),
        sequence: random.int(9),
        data: some(random),
      },
      { kind: "refused", session: index(random), sequence: random.int(9) },
      { kind: "ask", session: index(random), sequence: 1, body: some(random) },
      { kind: "answer", session: index(random), sequence: 1, body: some(random) },
    ),
  );
}

function frameOf(messages: readonly PeerMessage[]): Buffer {
  const w = new ByteWriter();
  writePeerMessages(w, messages);
  return w.takeCopy();
}

test("what could not be read back is refused before it is proposed", (t) => {
  for (const revision of [1.5, 2 ** 53, Number.NaN]) {
    t.throws(() => encodeCommand({ op: "compact", revision }), { code: "MALFORMED_FRAME" });
  }
  const odd = { op: "alarm", alarm: "odd", member: 1n, raised: true } as unknown as LogCommand;
  t.throws(() => encodeCommand(odd), {
    code: "MALFORMED_FRAME",
    message: /"odd" is none of no-space, corrupt/,
  });
});

test(`what members send each other is read back as it was (seed ${SEED})`, (t) => {
  const random = seededRandom(SEED);
  for (let i = 0; i < 2000; i++) {
    const messages = peerMessages(random);
    const read = readPeerMessages(new ByteReader(frameOf(messages)));
    if (!isDeepStrictEqual(read, messages)) t.deepEqual(read, messages);
  }
  t.pass();
});

test(`whatever bytes come, reading ends in values or in MALFORMED_FRAME (seed ${SEED})`, (t) => {
  const random = seededRandom(SEED);
  let malformed = 0;
  const attempt = (read: () => unknown): void => {
    try {
      read();
    } catch (error) {
      malformed++;
      if (!hasCode(error, "MALFORMED_FRAME")) throw error;
    }
  };
  for (let i = 0; i < 30_000; i++) {
    const frame = random.int(3) === 0 ? some(random, 200) : frameOf(peerMessages(random));
    for (let flips = random.int(4); flips > 0 && frame.length > 0; flips--)
      frame[random.int(frame.length)] = random.int(256);
    const cut = random.int(4) === 0 ? frame.subarray(0, random.int(frame.length + 1)) : frame;
    attempt(() => readPeerMessages(new ByteReader(cut)));
  }
  for (let i = 0; i < 5000; i++) {
    const bytes = encodeCommand(command(random));
    bytes[random.int(bytes.length)] = random.int(256);
    // The text of an auth request is JSON: it is checked where it is made, by the member that proposes it.
    if (bytes[0] !== 12) attempt(() => decodeCommand(bytes));
  }
  t.true(malformed > 1000);
});

test("entries that arrive hold memory of entries only, which goes with them", (t) => {
  const entries = Array.from({ length: 40 }, (_, index) => ({
    ...{ index, term: 1, type: "normal" as const },
    data: Buffer.alloc(300, index),
  }));
  const message = { type: "app" as const, from: 1n, to: 2n, term: 1, index: 0, logTerm: 0, entries };
  const [read] = readPeerMessages(new ByteReader(frameOf([{ kind: "raft", message }])));
  const data = read!.kind === "raft" ? read!.message.entries!.map((entry) => entry.data) : [];
  t.is(data.length, 40);
  const shared = Buffer.allocUnsafe(300).buffer;
  for (const piece of data) t.not(piece.buffer, shared);
  const held = new Set(data.map(({ buffer }) => buffer));
  t.true([...held].reduce((bytes, { byteLength }) => bytes + byteLength, 0) <= 2 * 16_384);
});
