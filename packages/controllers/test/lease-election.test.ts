import { ManualClock } from "@quorate/base";
import { stringIn } from "@quorate/object";
import test from "ava";
import { LeaseElection } from "../src/lease-election.ts";
import { type ControlPlane, controlPlane } from "./support/control-plane.ts";

const RETRY_MS = 2_000;
const DURATION_MS = 15_000;

interface Candidate {
  readonly election: LeaseElection;
  readonly clock: ManualClock;
}

function candidate(plane: ControlPlane, holder: string): Candidate {
  const clock = new ManualClock();
  return { election: new LeaseElection({ ...plane, clock }, { lease: "election", holder }), clock };
}

/** Its try has ended: the timer of the next one is set. */
async function tried({ clock }: Candidate): Promise<void> {
  while (clock.pendingTimers() === 0) await new Promise((resolve) => setImmediate(resolve));
}

async function tryNow(one: Candidate): Promise<void> {
  one.clock.advance(RETRY_MS);
  await tried(one);
}

test("the first candidate leads; when it stops, another takes over at its next try", async (t) => {
  const plane = await controlPlane(t);
  const [one, two] = [candidate(plane, "one"), candidate(plane, "two")];
  one.election.start();
  await tried(one);
  t.true(one.election.isLeader);
  two.election.start();
  await tried(two);
  await tryNow(two);
  t.false(two.election.isLeader);
  await one.election.stop();
  t.false(one.election.isLeader);
  await tryNow(two);
  t.true(two.election.isLeader);
  const lease = await plane.find("coordination.k8s.io", "leases", "kube-system", "election");
  t.is(stringIn(lease?.spec, "holderIdentity"), "two");
  await two.election.stop();
});

test("a leader that is silent for the lease's duration is replaced, and learns of it", async (t) => {
  const plane = await controlPlane(t);
  const [silent, next] = [candidate(plane, "silent"), candidate(plane, "next")];
  const changes: boolean[] = [];
  silent.election.onChange(() => changes.push(silent.election.isLeader));
  silent.election.start();
  await tried(silent);
  next.election.start();
  await tried(next);
  for (let waited = RETRY_MS; waited <= DURATION_MS; waited += RETRY_MS) {
    await tryNow(next);
    t.false(next.election.isLeader, `after ${waited} ms`);
  }
  await tryNow(next);
  t.true(next.election.isLeader);
  await tryNow(silent);
  t.deepEqual(changes, [true, false]);
  await Promise.all([silent.election.stop(), next.election.stop()]);
});
