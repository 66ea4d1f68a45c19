import { generateKeyPairSync } from "node:crypto";
import { SystemClock } from "@quorate/base";
import { ServiceAccountAuthenticator, ServiceAccountTokens } from "../src/index.ts";
import { account, pod } from "./support/admission-fixture.ts";
import { test, withFixture } from "./support/with-fixture.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const signingKey = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const clock = new SystemClock();
const tokens = new ServiceAccountTokens({ issuer: "https://issuer", signingKey, clock });

test(
  "a token is its account, as long as the account and what it is bound to are there",
  withFixture(async (t, fixture) => {
    const { metadata } = await fixture.add(account("robot"));
    const { metadata: podMeta } = await fixture.add(pod({ serviceAccountName: "robot" }));
    const authenticator = new ServiceAccountAuthenticator(tokens, fixture.stores, clock);
    const token = tokens.issue({
      namespace: "default",
      account: { name: "robot", uid: metadata.uid! },
      audiences: tokens.audiences,
      expirationSeconds: 600,
      warnAfterSeconds: 0,
      bindings: { pod: { name: podMeta.name!, uid: podMeta.uid! } },
    });
    const headers = { authorization: `Bearer ${token}` };
    const credentials = { certificate: undefined, headers, path: "/api" };
    const user = await authenticator.authenticate(credentials);
    t.is(user?.name, "system:serviceaccount:default:robot");
    t.deepEqual(user?.groups, [
      "system:serviceaccounts",
      "system:serviceaccounts:default",
      "system:authenticated",
    ]);
    t.deepEqual(user?.extra["authentication.kubernetes.io/pod-name"], ["p"]);
    const context = { namespace: "default", subresource: "", now: "2026-01-01T00:00:00Z" } as const;
    const writer = { userName: "", userGroups: [], dryRun: false };
    const options = { gracePeriodSeconds: 0 };
    await fixture.stores.store("", "pods").delete("default", "p", options, { ...context, ...writer });
    t.is(await authenticator.authenticate(credentials), undefined);
  }),
);

test(
  "what is no token of ours is nobody's",
  withFixture(async (t, fixture) => {
    const authenticator = new ServiceAccountAuthenticator(tokens, fixture.stores, clock);
    for (const authorization of [undefined, "Basic abc", "Bearer abc", "Bearer a.b.c", "Bearer ..."]) {
      const credentials = { certificate: undefined, headers: { authorization }, path: "/api" };
      t.is(await authenticator.authenticate(credentials), undefined);
    }
  }),
);
