import test from "ava";
import { Command, InvalidArgumentError } from "commander";
import { addApiserverFlags, checkApiserverFlags } from "../src/command/apiserver-flags.ts";
import { failureLine } from "../src/command/failure-line.ts";
import { addressRanges, boolean, duration, integer, list, urlList } from "../src/command/flag-values.ts";
import { addServeFlags } from "../src/command/serve-flags.ts";
import { kubernetesServiceAddress } from "../src/member/service-address.ts";

const refused = { instanceOf: InvalidArgumentError };

test("values of flags are read, or refused with what they should have been", (t) => {
  t.is(integer(1, 9)("7"), 7);
  t.throws(() => integer(1, 9)("10"), { ...refused, message: /from 1 to 9/ });
  t.throws(() => integer(1, 9)("1.5"), refused);
  t.is(duration("1h30m"), 5_400_000);
  t.is(duration("0"), 0);
  t.throws(() => duration("10"), { ...refused, message: /like 1m30s/ });
  t.true(boolean("true"));
  t.throws(() => boolean("yes"), refused);
  t.deepEqual(list("a,b", undefined), ["a", "b"]);
  t.deepEqual(list("c", ["a"]), ["a", "c"]);
  t.throws(() => list("a,,b", undefined), refused);
  t.deepEqual(urlList("https://10.0.0.1:2380/"), ["https://10.0.0.1:2380"]);
  t.throws(() => urlList("10.0.0.1:2380"), refused);
  t.is(addressRanges("10.0.0.0/16,fd00::/108"), "10.0.0.0/16,fd00::/108");
  t.throws(() => addressRanges("10.0.0.0/33"), refused);
});

test("the kubernetes service takes the first address of its range", (t) => {
  t.is(kubernetesServiceAddress("10.0.0.0/24"), "10.0.0.1");
  t.is(kubernetesServiceAddress("10.96.7.9/12"), "10.96.0.1");
  t.is(kubernetesServiceAddress("fd00:10:96::/112,10.0.0.0/24"), "fd00:10:96::1");
});

function parseServe(...args: string[]): Record<string, unknown> {
  const command = addServeFlags(new Command("serve")).exitOverride();
  command.configureOutput({ writeErr: () => {} });
  command.parse(args, { from: "user" });
  return command.opts();
}

test("serve takes kube-apiserver's flags in the ways that they are written", (t) => {
  const flags = parseServe(
    ...["--secure-port", "7443", "--service-account-key-file=a.pub", "--service-account-key-file=b.pub"],
    ...["--controllers=*,-namespace-controller", "--enable-garbage-collector=false", "--event-ttl=2h"],
  );
  t.is(flags["securePort"], 7443);
  t.deepEqual(flags["serviceAccountKeyFile"], ["a.pub", "b.pub"]);
  t.deepEqual(flags["controllers"], ["*", "-namespace-controller"]);
  t.false(flags["enableGarbageCollector"]);
  t.is(flags["eventTtl"], 7_200_000);
  t.deepEqual(parseServe()["controllers"], ["*"]);
  t.throws(() => parseServe("--no-such-flag"), { message: /unknown option/ });
});

test("flags without effect are named, those that would be a promise are refused", (t) => {
  const read = (...args: string[]) => checkApiserverFlags(parseServe(...args));
  t.deepEqual(read("--allow-privileged", "--storage-backend=etcd3", "--watch-cache=false"), [
    "allow-privileged",
    "storage-backend",
    "watch-cache",
  ]);
  t.deepEqual(read(), []);
  t.throws(() => read("--encryption-provider-config=e.yaml"), {
    code: "BAD_FLAGS",
    message: /--encryption-provider-config .*not encrypted at rest; leave it out/,
  });
});

test("flags of kube-apiserver never take the place of one that has an effect", (t) => {
  const command = new Command("x").option("--profiling <kind>", "ours");
  addApiserverFlags(command);
  t.is(command.options.filter(({ long }) => long === "--profiling").length, 1);
});

test("the system's errors become one line that names the thing and the fix", (t) => {
  const system = (code: string, more: object) =>
    failureLine(Object.assign(new Error(code), { code, ...more }));
  t.regex(
    system("EADDRINUSE", { address: "127.0.0.1", port: 80 }),
    /127\.0\.0\.1:80 is in use.*another port/,
  );
  t.regex(system("EACCES", { path: "/data" }), /not permitted: \/data \(EACCES\)/);
  t.regex(system("ENOSPC", { path: "/data" }), /no space left for \/data: free some space/);
  t.false(failureLine(new Error("two\nlines")).includes("\n"));
});
