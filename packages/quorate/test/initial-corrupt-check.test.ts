import { DataDirectory } from "@quorate/disk";
import test from "ava";
import { startReplica } from "../src/start-replica.ts";
import { memberSettings, started } from "./member-fixture.ts";

const bytes = (text: string) => Buffer.from(text);

/** Changes the value of the newest write in a stopped member's state, checksum and all. */
async function tamper(path: string): Promise<void> {
  const directory = await DataDirectory.open({ path });
  const state = await directory.openState();
  const range = { start: bytes("r"), end: bytes("s") };
  let last: readonly [Uint8Array, Uint8Array] | undefined;
  for await (const page of state.store.pages(range)) last = page.at(-1);
  const [key, value] = last!;
  const changed = Buffer.from(value);
  changed[changed.length - 1]! ^= 1;
  await state.store.write([{ type: "put", key, value: changed }], { sync: true });
  await state.close();
  await directory.close();
}

test("a member whose data is not that of the others refuses to start, they go on", async (t) => {
  const all = await memberSettings(t, 3);
  const checked = all.map((options) => ({ ...options, initialCorruptCheck: true }));
  const members = await Promise.all(all.map((options) => started(t, options)));
  await members[0]!.kv.put({ key: bytes("k"), value: bytes("right") });
  await members[2]!.kv.barrier();
  await members[2]!.stop();
  const whole = await started(t, checked[2]!);
  await whole.stop();
  await tamper(all[2]!.dataDir);
  const refused = {
    code: "CORRUPT",
    message: /differs from that of 2 of 2 others at revision \d+: move its/,
  };
  await t.throwsAsync(startReplica(checked[2]!), refused);
  await members[1]!.stop();
  const again = await started(t, checked[1]!);
  await again.kv.put({ key: bytes("k"), value: bytes("on") });
});
