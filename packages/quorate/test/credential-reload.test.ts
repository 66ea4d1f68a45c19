import { ManualClock } from "@quorate/base";
import test from "ava";
import { CredentialReload, type TlsTexts } from "../src/member/credential-reload.ts";

const MINUTE_MS = 60_000;
const texts = (cert: string): TlsTexts => ({ cert, key: "key", clientCa: "ca" });

test("renewed files are taken within a minute, broken ones are said once and passed over", async (t) => {
  const clock = new ManualClock();
  const applied: string[] = [];
  const lines: string[] = [];
  let read = async (): Promise<TlsTexts> => texts("one");
  const reload = new CredentialReload({
    clock,
    current: texts("one"),
    read: () => read(),
    apply: ({ cert }) => applied.push(cert),
    log: (level, message) => lines.push(`${level}: ${message}`),
  });
  const minute = async (): Promise<void> => {
    clock.advance(MINUTE_MS);
    while (clock.pendingTimers() === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  await minute();
  t.deepEqual(applied, []);
  read = async () => {
    throw new Error("half written");
  };
  await minute();
  await minute();
  read = async () => texts("two");
  await minute();
  await minute();
  t.deepEqual(applied, ["two"]);
  t.deepEqual(lines, ["warn: renewed certificates can't be used", "info: renewed certificates are in use"]);
  reload.stop();
  t.is(clock.pendingTimers(), 0);
});
