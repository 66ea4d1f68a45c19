import type { HealthCheck } from "../src/index.ts";
import { testWithServer } from "./support/with-server.ts";

let isBroken = false;

const store: HealthCheck = {
  name: "store",
  kinds: ["healthz", "livez", "readyz"],
  check: async () => {
    if (isBroken) throw new Error("no quorum");
  },
};
const late: HealthCheck = { name: "caches", kinds: ["readyz"], check: () => {} };

const test = testWithServer({
  healthChecks: [store, late],
  extraMetrics: async () => "quorate_extra 1\n",
});

test.serial("a healthy server says ok, and check by check where asked", async (t) => {
  const { admin } = t.context;
  for (const path of ["/healthz", "/livez", "/readyz", "/livez/store"])
    t.is((await admin.get(path)).text, "ok");
  const verbose = await admin.get("/readyz?verbose");
  t.is(verbose.text, "[+]ping ok\n[+]store ok\n[+]caches ok\n[+]shutdown ok\nreadyz check passed\n");
  t.is((await admin.get("/livez/caches")).status, 404);
});

test.serial("one failing check fails the probe without telling why", async (t) => {
  const { admin } = t.context;
  isBroken = true;
  const answer = await admin.get("/livez");
  t.is(answer.status, 500);
  t.is(answer.text, "[+]ping ok\n[-]store failed: reason withheld\nlivez check failed\n");
  t.is((await admin.get("/livez/store")).status, 500);
  const without = await admin.get("/livez?exclude=store&exclude=nothing&verbose");
  t.is(without.status, 200);
  t.true(without.text.includes("[+]store excluded: ok"));
  t.true(without.text.includes('warn: some health checks cannot be excluded: no matches for "nothing"'));
  isBroken = false;
});

test.serial("levels tell what each check said last and how often, left-out ones not counted", async (t) => {
  const { admin } = t.context;
  const levels = async () => (await admin.get("/metrics/slis")).text;
  const count = async (status: string) => {
    const line = `kubernetes_healthchecks_total{name="store",type="healthz",status="${status}"} `;
    return Number(
      (await levels())
        .split("\n")
        .find((one) => one.startsWith(line))
        ?.slice(line.length) ?? 0,
    );
  };
  const newest = 'kubernetes_healthcheck{name="store",type="healthz"}';
  const before = { success: await count("success"), error: await count("error") };
  isBroken = true;
  await admin.get("/healthz");
  t.true((await levels()).includes(`${newest} 0`));
  isBroken = false;
  await admin.get("/healthz");
  await admin.get("/healthz?exclude=store");
  await admin.get("/healthz/store");
  t.true((await levels()).includes(`${newest} 1`));
  t.is(await count("success"), before.success + 1);
  t.is(await count("error"), before.error + 1);
  t.true((await admin.get("/")).text.includes('"/metrics/slis"'));
});

test.serial("metrics count requests by verb, resource and code, and hold the host's", async (t) => {
  const { admin } = t.context;
  await admin.get("/api/v1/namespaces/default/configmaps/none");
  const { text, headers } = await admin.get("/metrics");
  t.is(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  const line = text.split("\n").find((candidate) => {
    return candidate.startsWith("apiserver_request_total{") && candidate.includes('resource="configmaps"');
  });
  t.regex(line ?? "", /verb="GET".*version="v1".*scope="resource".*code="404"\} 1$/);
  for (const name of [
    "apiserver_request_duration_seconds_bucket",
    "apiserver_response_sizes_sum",
    "apiserver_current_inflight_requests",
    "apiserver_longrunning_requests",
    "nodejs_eventloop_lag_p99_seconds",
    "process_resident_memory_bytes",
    "quorate_extra 1",
  ]) {
    t.true(text.includes(name), name);
  }
});
