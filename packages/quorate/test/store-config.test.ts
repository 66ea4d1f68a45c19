import test from "ava";
import { FlagValues } from "../src/store/flag-values.ts";
import { parseDuration, parseGoFlags } from "../src/store/go-flags.ts";
import { type StoreConfig, storeConfigOf } from "../src/store/store-config.ts";
import { STORE_FLAGS } from "../src/store/store-flags.ts";

function configOf(...args: string[]): StoreConfig {
  return storeConfigOf(new FlagValues(parseGoFlags(args, STORE_FLAGS).given));
}

function refusal(...args: string[]): string {
  try {
    configOf(...args);
    return "ok";
  } catch (error) {
    return (error as Error).message;
  }
}

test("flags are read as Go reads them", (t) => {
  const { given, rest } = parseGoFlags(
    [
      "-name",
      "a",
      "--name=b",
      "--auto-tls",
      "-pre-vote=false",
      "--experimental-corrupt-check-time=1m",
      "--",
      "x",
    ],
    STORE_FLAGS,
  );
  t.deepEqual(
    [...given],
    [
      ["name", "b"],
      ["auto-tls", "true"],
      ["pre-vote", "false"],
      ["experimental-corrupt-check-time", "1m"],
    ],
  );
  t.deepEqual(rest, ["x"]);
  t.deepEqual(parseGoFlags(["--auto-tls", "false"], STORE_FLAGS).rest, ["false"], "a boolean takes no word");
  t.is(refusal("--nope"), "flag provided but not defined: -nope");
  t.is(refusal("--name"), "flag needs an argument: -name");
  t.is(refusal("---name=x"), "bad flag syntax: ---name=x");
  t.is(refusal("--election-timeout=abc"), 'invalid value "abc" for flag -election-timeout: parse error');
  t.is(refusal("--auto-tls=maybe"), 'invalid boolean value "maybe" for -auto-tls: parse error');
  t.deepEqual(["1h30m", "100ms", "1.5s", "0", "-2m", "5", ""].map(parseDuration), [
    ...[5_400_000, 100, 1_500, 0, -120_000],
    ...[undefined, undefined],
  ]);
});

test("what is not set is as etcd has it", (t) => {
  const config = configOf();
  t.like(config, {
    name: "default",
    dataDir: "default.etcd",
    listenClientUrls: ["http://localhost:2379"],
    advertisePeerUrls: ["http://localhost:2380"],
    initialCluster: "default=http://localhost:2380",
    heartbeatMs: 100,
    electionMs: 1000,
    snapshotCount: 10_000,
    txnOpsMax: 128,
    requestBytesMax: 1_572_864,
    strictReconfigCheck: true,
  });
  t.is(config.autoCompaction, undefined);
  t.is(configOf("--name", "m1").initialCluster, "m1=http://localhost:2380");
  t.is(configOf("--name", "m1").dataDir, "m1.etcd");
});

test("settings that can't be are refused with etcd's texts", (t) => {
  t.is(
    refusal("--listen-client-urls=http://127.0.0.1:1"),
    "--advertise-client-urls is required when --listen-client-urls is set explicitly",
  );
  t.is(
    refusal("--election-timeout=400"),
    "--election-timeout[400ms] should be at least as 5 times as --heartbeat-interval[100ms]",
  );
  t.is(
    refusal("--election-timeout=60000"),
    "--election-timeout[60000ms] is too long, and should be set less than 50000ms",
  );
  t.is(
    refusal("--listen-peer-urls=http://example.com:2380"),
    "expected IP in URL for binding (http://example.com:2380)",
  );
  t.is(refusal("--initial-cluster-state=old"), 'unexpected clusterState "old"');
  t.is(refusal("--auto-compaction-mode=weekly"), 'unknown auto-compaction-mode "weekly"');
  t.regex(refusal("--auto-compaction-retention=soon"), /^error parsing CompactionRetention/);
  t.is(
    refusal("--corrupt-check-time=1m", "--experimental-corrupt-check-time=1m"),
    "cannot set --experimental-corrupt-check-time and --corrupt-check-time at the same time, " +
      "please use --corrupt-check-time only",
  );
  t.is(refusal("--feature-gates=Nope=true"), "unrecognized feature gate: Nope");
  t.regex(
    refusal("--feature-gates=InitialCorruptCheck=true", "--experimental-initial-corrupt-check=false"),
    /^cannot specify both flags: --experimental-initial-corrupt-check=false and --feature-gates=/,
  );
  t.is(
    refusal("--tls-min-version=TLS1.3", "--tls-max-version=TLS1.2"),
    "min version (TLS1.3) is greater than max version (TLS1.2)",
  );
  t.is(refusal("--cipher-suites=NULL"), 'unexpected TLS cipher suite "NULL"');
  t.regex(refusal("--cert-file=x"), /--cert-file and --key-file/);
  t.regex(refusal("--discovery=http://x"), /^--discovery is not supported here: use --discovery-token/);
  t.regex(
    refusal("--discovery-endpoints=x"),
    /^both --discovery-endpoints and --discovery-token must be set/,
  );
  t.regex(
    refusal(
      "--discovery-endpoints=x",
      "--discovery-token=y",
      "--initial-cluster=default=http://localhost:2380",
    ),
    /^multiple discovery or bootstrap flags are set/,
  );
});

test("names of before 3.6 mean what they meant", (t) => {
  t.is(configOf("--experimental-corrupt-check-time=2m").corruptCheckMs, 120_000);
  t.true(configOf("--experimental-initial-corrupt-check").initialCorruptCheck);
  t.true(configOf("--feature-gates=InitialCorruptCheck=true").initialCorruptCheck);
  t.deepEqual(configOf("--auto-compaction-retention=2").autoCompaction, {
    mode: "periodic",
    retention: 7_200_000,
  });
  t.deepEqual(
    configOf("--auto-compaction-mode=revision", "--auto-compaction-retention=1000").autoCompaction,
    { mode: "revision", retention: 1000 },
  );
});
