import { ManualClock } from "@quorate/base";
import test from "ava";
import { PeerPulse } from "../src/peer-pulse.ts";

function openPulse(silenceMs = 2000) {
  const clock = new ManualClock();
  const seen = { asked: 0, isSilent: false };
  const pulse = new PeerPulse({
    clock,
    silenceMs,
    ask: () => seen.asked++,
    silent: () => {
      seen.isSilent = true;
    },
  });
  return { clock, pulse, seen };
}

test("an end that answers is never given up", (t) => {
  const { clock, pulse, seen } = openPulse();
  for (let beat = 0; beat < 100; beat++) {
    pulse.answered();
    t.false(pulse.isDoubtful);
    clock.advance(500);
  }
  t.false(seen.isSilent);
  t.is(seen.asked, 101);
});

test("an end that does not answer is in doubt after a beat and given up after the silence", (t) => {
  const { clock, pulse, seen } = openPulse();
  t.false(pulse.isDoubtful);
  clock.advance(500);
  t.true(pulse.isDoubtful);
  clock.advance(1499);
  t.false(seen.isSilent);
  clock.advance(1);
  t.true(seen.isSilent);
  clock.advance(10_000);
  t.is(seen.asked, 4, "it asks no more");
});

test("a pulse that is stopped is still", (t) => {
  const { clock, pulse, seen } = openPulse();
  pulse.stop();
  clock.advance(10_000);
  t.deepEqual(seen, { asked: 1, isSilent: false });
});
