import { generateKeyPairSync } from "node:crypto";
import { ServiceAccountTokens } from "@quorate/access";
import { ManualClock, SystemClock } from "@quorate/base";
import { PODS, pod } from "./support/objects.ts";
import { testWithServer } from "./support/with-server.ts";

const ISSUER = "https://kubernetes.default.svc";
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const signingKey = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const tokens = new ServiceAccountTokens({ issuer: ISSUER, signingKey, clock: new SystemClock() });
const test = testWithServer({ tokens });

const ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts";

function tokenRequest(spec: Record<string, unknown> = {}) {
  return { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", spec };
}

test("a token says whose it is, until when and what it is bound to", async (t) => {
  const { admin } = t.context;
  const { json: account } = await admin.get(`${ACCOUNTS}/default`);
  const { json: running } = await admin.post(PODS, pod("bearer"));
  const boundObjectRef = { kind: "Pod", apiVersion: "v1", name: "bearer" };
  const body = tokenRequest({ boundObjectRef, expirationSeconds: 600 });
  const answer = await admin.post(`${ACCOUNTS}/default/token`, body);
  t.is(answer.status, 201);
  const claims = tokens.verify(answer.json.status.token)!;
  t.is(claims.sub, "system:serviceaccount:default:default");
  t.deepEqual(claims.aud, [ISSUER]);
  t.is(claims.exp - claims.iat, 600);
  t.deepEqual(claims["kubernetes.io"].serviceaccount, { name: "default", uid: account.metadata.uid });
  t.deepEqual(claims["kubernetes.io"].pod, { name: "bearer", uid: running.metadata.uid });
});

test("a token is refused for too short a life, another account, or an absent object", async (t) => {
  const { admin } = t.context;
  const short = await admin.post(`${ACCOUNTS}/default/token`, tokenRequest({ expirationSeconds: 5 }));
  t.is(short.status, 422);
  t.is(short.json.details.causes[0].field, "spec.expirationSeconds");
  const named = { ...tokenRequest(), metadata: { name: "other" } };
  t.is((await admin.post(`${ACCOUNTS}/default/token`, named)).status, 422);
  t.is((await admin.post(`${ACCOUNTS}/none/token`, tokenRequest())).status, 404);
  const absent = tokenRequest({ boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "none" } });
  t.is((await admin.post(`${ACCOUNTS}/default/token`, absent)).status, 404);
});

test("the issuer and its keys are published", async (t) => {
  const { admin } = t.context;
  const { json } = await admin.get("/.well-known/openid-configuration");
  t.is(json.issuer, ISSUER);
  t.deepEqual(json.id_token_signing_alg_values_supported, ["ES256"]);
  const keys = await admin.get(new URL(json.jwks_uri).pathname);
  t.is(keys.headers["content-type"], "application/jwk-set+json");
  t.is(keys.json.keys[0].crv, "P-256");
  t.is(keys.json.keys[0].d, undefined, "the private part stays here");
});

test("a token is good for its time, its audience and its signature alone", (t) => {
  const clock = new ManualClock();
  const own = new ServiceAccountTokens({ issuer: ISSUER, signingKey, clock });
  const account = { name: "a", uid: "u" };
  const token = own.issue({
    namespace: "n",
    account,
    audiences: ["vault"],
    expirationSeconds: 600,
    warnAfterSeconds: 0,
    bindings: {},
  });
  t.is(own.verify(token), undefined, "it is not meant for the API");
  t.truthy(own.verify(token, ["vault"]));
  const [head, body, signature] = token.split(".");
  const forged = Buffer.from(body!, "base64url").toString().replace('"n"', '"m"');
  t.is(own.verify(`${head}.${Buffer.from(forged).toString("base64url")}.${signature}`, ["vault"]), undefined);
  const unsigned = Buffer.from('{"alg":"none"}').toString("base64url");
  t.is(own.verify(`${unsigned}.${body}.`, ["vault"]), undefined);
  clock.advance(600_000);
  t.is(own.verify(token, ["vault"]), undefined);
});
