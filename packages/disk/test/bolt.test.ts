import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodedError } from "@quorate/base";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { type BoltBucket, type BoltEntry, BoltFile, measureBolt, writeBolt } from "../src/index.ts";

const PAGE = 4096;
const [BRANCH, LEAF, FREELIST] = [1, 2, 16];

type Content = Record<string, readonly BoltEntry[]>;

function bucketsOf(content: Content, pageSize = 100): BoltBucket[] {
  return Object.entries(content).map(([name, entries]) => ({
    name,
    entries: (async function* () {
      for (let at = 0; at < entries.length; at += pageSize) yield entries.slice(at, at + pageSize);
    })(),
  }));
}

async function fileOf(content: Content): Promise<Buffer> {
  const layout = await measureBolt(bucketsOf(content));
  const chunks: Buffer[] = [];
  for await (const chunk of writeBolt(bucketsOf(content), layout)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes.length !== layout.bytes) throw new Error(`${bytes.length} bytes instead of ${layout.bytes}`);
  return bytes;
}

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "bolt-"));
  t.teardown(() => rm(path, { recursive: true }));
  return path;
}

async function contentOf(path: string): Promise<Content> {
  const file = await BoltFile.open(path);
  try {
    const content: Record<string, BoltEntry[]> = {};
    for (const bucket of file.buckets) {
      content[bucket] = [];
      for await (const entries of file.entries(bucket)) content[bucket].push(...entries);
    }
    return content;
  } finally {
    await file.close();
  }
}

const hex = (content: Content) =>
  Object.entries(content)
    .map(([name, entries]) => ({
      name,
      entries: entries.map(([key, value]) => [
        Buffer.from(key).toString("hex"),
        Buffer.from(value).toString("hex"),
      ]),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

function numbered(count: number, keyBytes: number, valueBytes: (i: number) => number): BoltEntry[] {
  return Array.from({ length: count }, (_, i) => {
    const key = Buffer.alloc(keyBytes);
    key.writeUInt32BE(i, 0);
    return [key, Buffer.alloc(valueBytes(i), i)] as const;
  });
}

/** How often each page is named by another, and how many pages each branch names. */
function pagesNamed(file: Buffer): { named: Map<number, number>; fewest: number } {
  const number = (at: number) => Number(file.readBigUInt64LE(at));
  const named = new Map<number, number>();
  let fewest = Number.POSITIVE_INFINITY;
  const visit = (id: number): void => {
    const at = id * PAGE;
    for (let page = id; page <= id + file.readUInt32LE(at + 12); page++)
      named.set(page, (named.get(page) ?? 0) + 1);
    const [flags, count] = [file.readUInt16LE(at + 8), file.readUInt16LE(at + 10)];
    if (number(at) !== id) throw new Error(`page ${id} says ${number(at)}`);
    if (flags === BRANCH) fewest = Math.min(fewest, count);
    for (let i = 0; i < count; i++) {
      const element = at + 16 + i * 16;
      if (flags === BRANCH) visit(number(element + 8));
      if (flags !== LEAF || file.readUInt32LE(element) !== 1) continue;
      visit(number(element + file.readUInt32LE(element + 4) + file.readUInt32LE(element + 8)));
    }
  };
  visit(number(16 + 16));
  visit(number(16 + 32));
  return { named, fewest };
}

test("what is written is read back, whatever the sizes of keys and values", async (t) => {
  const path = join(await folder(t), "db");
  const entry = fc.tuple(
    fc.uint8Array({ minLength: 1, maxLength: 60 }),
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(20_000).map((n) => new Uint8Array(n).fill(7)),
    ),
  );
  const bucket = fc
    .uniqueArray(entry, { maxLength: 60, selector: ([key]) => Buffer.from(key).toString("hex") })
    .map((entries) => entries.sort(([a], [b]) => Buffer.compare(a, b)));
  const content = fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), bucket, {
    maxKeys: 4,
    noNullPrototype: true,
  });
  await fc.assert(
    fc.asyncProperty(content, async (wanted) => {
      await writeFile(path, await fileOf(wanted));
      t.deepEqual(hex(await contentOf(path)), hex(wanted));
    }),
    { numRuns: 30 },
  );
});

test("every page is named once, and every branch names at least two", async (t) => {
  const path = join(await folder(t), "db");
  // The lengths at which a level's last branch would be left with one page, and others around.
  for (const count of [0, 1, 2, 300, 7_000, ...Array.from({ length: 6 }, (_, i) => 1_000 + i * 170)]) {
    const wanted = {
      long: numbered(Math.min(count, 400), 1500, () => 10),
      short: numbered(count, 300, () => 5),
    };
    const file = await fileOf(wanted);
    const { named, fewest } = pagesNamed(file);
    t.true(fewest >= 2, `${count} entries`);
    const times = Array.from({ length: file.length / PAGE - 2 }, (_, i) => named.get(i + 2));
    t.deepEqual([...new Set(times)], [1], `${count} entries`);
    t.is(file.readUInt16LE(2 * PAGE + 8), FREELIST);
    await writeFile(path, file);
    t.is((await contentOf(path))["short"]!.length, count);
  }
});

test("both of the first pages say the same, and one of them is enough", async (t) => {
  const path = join(await folder(t), "db");
  const wanted = { key: numbered(500, 17, (i) => (i === 250 ? 50_000 : 100)) };
  const whole = await fileOf(wanted);
  for (const lost of [0, 1]) {
    const file = Buffer.from(whole);
    file.fill(0, lost * PAGE, (lost + 1) * PAGE);
    await writeFile(path, file);
    t.deepEqual(hex(await contentOf(path)), hex(wanted));
  }
});

test("a damaged file is refused by name, and never followed in a circle", async (t) => {
  const path = join(await folder(t), "db");
  const whole = await fileOf({ key: numbered(600, 17, () => 60) });
  const refused = { code: "FILE_DAMAGED", message: /db is damaged: / };
  const structures: number[] = [];
  for (let page = 2; page < whole.length / PAGE; page++)
    for (let at = 0; at < 48; at++) structures.push(page * PAGE + at);
  let refusals = 0;
  for (let at = 0; at < structures.length; at += 13) {
    const file = Buffer.from(whole);
    file[structures[at]!]! ^= 0xff;
    await writeFile(path, file);
    const error = await contentOf(path).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) continue;
    refusals++;
    t.true(error instanceof CodedError && error.code === "FILE_DAMAGED", String(error));
  }
  t.true(refusals > structures.length / 13 / 4);
  await writeFile(path, whole.subarray(0, whole.length - PAGE));
  await t.throwsAsync(contentOf(path), refused);
  await writeFile(path, Buffer.alloc(3 * PAGE));
  await t.throwsAsync(contentOf(path), refused);
  // The root bucket's page names itself.
  const circle = Buffer.from(whole);
  const root = Number(circle.readBigUInt64LE(32));
  circle.writeUInt16LE(BRANCH, root * PAGE + 8);
  circle.writeUInt32LE(0, root * PAGE + 20);
  circle.writeBigUInt64LE(BigInt(root), root * PAGE + 24);
  await writeFile(path, circle);
  await t.throwsAsync(contentOf(path), refused);
});

test("content that is not what was measured is no file", async (t) => {
  const layout = await measureBolt(bucketsOf({ key: numbered(100, 17, () => 60) }));
  const write = async () => {
    for await (const _chunk of writeBolt(bucketsOf({ key: numbered(200, 17, () => 60) }), layout));
  };
  await t.throwsAsync(write, { code: "SNAPSHOT_BROKEN" });
});
