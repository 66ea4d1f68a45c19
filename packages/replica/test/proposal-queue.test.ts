import { hasCode } from "@quorate/base";
import test from "ava";
import { decodeProposal, splitProposals } from "../src/proposal-codec.ts";
import { type Attempt, ProposalQueue } from "../src/proposal-queue.ts";

const command = (text: string) => Buffer.from(text);
const open = { deadline: Number.POSITIVE_INFINITY };

function commandsOf(attempt: Attempt | undefined): string[] {
  return splitProposals(attempt!.data).map((data) => Buffer.from(decodeProposal(data).command).toString());
}

function counterOf(attempt: Attempt | undefined): number {
  return decodeProposal(splitProposals(attempt!.data)[0]!).counter;
}

test("an attempt is not repeated before an entry of a later term is applied", async (t) => {
  const queue = new ProposalQueue(1n, 100);
  const answer = queue.add(command("a"), {}, open);
  t.deepEqual(commandsOf(queue.takeAttempt(4)), ["a"]);
  t.is(queue.takeAttempt(5), undefined);
  queue.termApplied(4);
  t.is(queue.takeAttempt(5), undefined);
  queue.termApplied(5);
  const second = queue.takeAttempt(5);
  t.deepEqual(commandsOf(second), ["a"]);
  queue.termApplied(5);
  t.is(queue.takeAttempt(6), undefined);
  queue.resolve(counterOf(second), "done");
  t.is(await answer, "done");
});

test("a refusal of an old attempt does not bring back what a newer one carries", (t) => {
  const queue = new ProposalQueue(1n, 100);
  void queue.add(command("a"), {}, open);
  const first = queue.takeAttempt(4)!;
  queue.refused(first.sequence);
  const second = queue.takeAttempt(4)!;
  t.deepEqual(commandsOf(second), ["a"]);
  queue.refused(first.sequence);
  t.is(queue.takeAttempt(4), undefined);
});

test("attempts of a broken connection are repeated in order, as they were, and only in their term", async (t) => {
  const queue = new ProposalQueue(1n, 100);
  const answers = ["a", "b", "c"].map((text) => queue.add(command(text), {}, open));
  const first = queue.takeAttempt(4)!;
  void queue.add(command("d"), {}, open);
  const second = queue.takeAttempt(4)!;
  const repeated: Attempt[] = [];
  const repeat = (term: number) => queue.repeat(term, (attempt) => repeated.push(attempt) > 0);
  t.true(repeat(4));
  t.deepEqual(repeated, [], "nothing is in doubt");
  queue.doubt();
  queue.resolve(counterOf(first), "done");
  t.is(await answers[0], "done");
  t.false(queue.repeat(4, () => false));
  t.true(repeat(4));
  t.deepEqual(
    repeated.map((attempt) => [attempt.sequence, commandsOf(attempt)]),
    [
      [first.sequence, ["b", "c"]],
      [second.sequence, ["d"]],
    ],
  );
  t.false(queue.hasWaiting, "each once");
  queue.doubt();
  t.true(repeat(5));
  t.is(repeated.length, 2, "not in another term");
});

test("a refusal of a repeated attempt does not count: the first time it may have been taken", (t) => {
  const queue = new ProposalQueue(1n, 100);
  void queue.add(command("a"), {}, open);
  const { sequence } = queue.takeAttempt(4)!;
  queue.doubt();
  queue.repeat(4, () => true);
  queue.refused(sequence);
  t.is(queue.takeAttempt(4), undefined);
  queue.termApplied(5);
  const again = queue.takeAttempt(5)!;
  t.deepEqual(commandsOf(again), ["a"]);
  // A new attempt is a new one.
  queue.refused(again.sequence);
  t.deepEqual(commandsOf(queue.takeAttempt(5)), ["a"]);
});

test("what is over its time says whether it can have been written", async (t) => {
  const queue = new ProposalQueue(1n, 100);
  const tried = queue.add(command("a"), {}, { deadline: 10 });
  queue.takeAttempt(1);
  const waiting = queue.add(command("b"), {}, { deadline: 10 });
  queue.expire(10);
  await t.throwsAsync(tried, { code: "TIMEOUT" });
  await t.throwsAsync(waiting, { code: "NO_LEADER" });
  t.is(queue.takeAttempt(1), undefined);
});

test("a jump over entries makes attempts unknown, but not what has not been attempted", async (t) => {
  const queue = new ProposalQueue(1n, 100);
  const tried = queue.add(command("a"), {}, open);
  queue.takeAttempt(3);
  void queue.add(command("b"), {}, open);
  queue.skippedTo(3);
  await t.throwsAsync(tried, { code: "LEADER_CHANGED" });
  t.deepEqual(commandsOf(queue.takeAttempt(4)), ["b"]);
});

test("a proposal for one term is never attempted in another", async (t) => {
  const queue = new ProposalQueue(1n, 100);
  const answer = queue.add(command("revoke"), {}, { ...open, onlyTerm: 3 });
  t.is(queue.takeAttempt(4), undefined);
  await t.throwsAsync(answer, { code: "LEADER_CHANGED" });
});

test("a full queue refuses, and a closed one fails everything", async (t) => {
  const queue = new ProposalQueue(1n, 100);
  const answers = Array.from({ length: 20_001 }, () => queue.add(command("a"), {}, open));
  await t.throwsAsync(answers[20_000]!, { code: "TOO_MANY_REQUESTS" });
  const end = new Error("end");
  queue.close(end);
  const settled = await Promise.allSettled(answers);
  t.true(settled.every((one) => one.status === "rejected" && (one.reason === end || hasCode(one.reason))));
});
