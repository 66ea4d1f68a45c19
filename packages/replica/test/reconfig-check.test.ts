import test from "ava";
import { checkAddition, checkPromotion, checkRemoval, type ReconfigView } from "../src/reconfig-check.ts";

/** `s` started and connected, `d` started and down, `n` never started, `l` a learner; the first is the leader. */
function clusterOf(shape: string): ReconfigView {
  const members = [...shape].map((kind, i) => ({
    id: BigInt(i + 1),
    name: kind === "n" ? "" : `m${i + 1}`,
    peerUrls: [],
    clientUrls: [],
    isLearner: kind === "l",
  }));
  const up = new Set(members.filter((_, i) => "sl".includes(shape[i]!)).map(({ id }) => id));
  const isUp = (id: bigint) => up.has(id);
  return { self: 1n, members, isConnected: isUp, isStable: isUp };
}

function outcome(run: () => void): string {
  try {
    run();
    return "ok";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test("a voter is added only where a majority of the larger cluster has started", (t) => {
  const added = (shape: string) => outcome(() => checkAddition(clusterOf(shape), false));
  t.is(added("s"), "ok");
  t.is(added("sss"), "ok");
  t.is(added("sn"), "NOT_ENOUGH_STARTED");
  t.is(added("ssn"), "NOT_ENOUGH_STARTED");
  t.is(added("sssnn"), "NOT_ENOUGH_STARTED");
  t.is(added("ssssn"), "ok");
  t.is(added("ssd"), "UNHEALTHY");
  t.is(added("sssd"), "ok");
  t.is(added("sssl"), "ok");
});

test("a learner is not added where the majority would be lost if it were a voter that does not run", (t) => {
  const added = (shape: string) => outcome(() => checkAddition(clusterOf(shape), true));
  t.is(added("sss"), "ok");
  t.is(added("ssd"), "UNHEALTHY");
  t.is(added("sssd"), "ok");
  t.is(added("ssssd"), "ok");
  t.is(added("sssdd"), "UNHEALTHY");
});

test("members that came only just do not count, but are not taken for down either", (t) => {
  const young = { ...clusterOf("sss"), isStable: () => false };
  t.is(
    outcome(() => checkAddition(young, true)),
    "UNHEALTHY",
  );
  t.is(
    outcome(() => checkRemoval(young, young.members[1]!)),
    "UNHEALTHY",
  );
});

test("a member is removed only where the majority of the rest is up; one that is down can always go", (t) => {
  const removed = (shape: string, at: number) => {
    const cluster = clusterOf(shape);
    return outcome(() => checkRemoval(cluster, cluster.members[at]!));
  };
  t.is(removed("sss", 2), "ok");
  t.is(removed("ssd", 2), "ok");
  t.is(removed("ssd", 1), "UNHEALTHY");
  t.is(removed("ssn", 1), "NOT_ENOUGH_STARTED");
  t.is(removed("ssn", 2), "ok");
  t.is(removed("ssddl", 4), "ok");
  t.is(removed("sssdd", 1), "UNHEALTHY");
});

test("a learner becomes a voter only where a majority has started then", (t) => {
  const promoted = (shape: string) => {
    const cluster = clusterOf(shape);
    return outcome(() => checkPromotion(cluster, cluster.members.at(-1)!));
  };
  t.is(promoted("sssl"), "ok");
  t.is(promoted("sl"), "ok");
  t.is(promoted("snnl"), "NOT_ENOUGH_STARTED");
});
