import { generateKeyPairSync } from "node:crypto";
import test from "ava";
import { JwtSigner } from "../src/index.ts";
import { hashPassword, isPassword } from "../src/password-hash.ts";
import { b, openSurface, type Surface } from "./surface.ts";

/** Of "wonder", as etcd 3.6 and as quorate 0.1.0 have made them. */
const ETCDS_HASH = "$2a$10$cBeMFed/kPZVtPAegUMFWOgBFPg0Ew.65bi2tM77BTgPXIuciWvZi";
const SCRYPT_HASH = "scrypt$16384$8$1$AOUFrDRB6cHHKsrZC9dV1w==$3yP65/JuotRk9Djz0AZ8HjJaB+gUYPLG6cKusr7JJJc=";
const EMPTY_USER = { code: 3, text: "etcdserver: user name is empty" };
const DENIED = { code: 7, text: "etcdserver: permission denied" };
const BAD_TOKEN = { code: 16, text: "etcdserver: invalid auth token" };

/** root, and alice who may read all from "a" to "b", and write "a". */
async function secured({ client }: Surface): Promise<void> {
  for (const name of ["root", "alice"]) await client.call("Auth/UserAdd", { name, password: `${name}!` });
  await client.call("Auth/RoleAdd", { name: "root" });
  await client.call("Auth/RoleAdd", { name: "some" });
  const perms = [
    { permType: 0, key: b("a"), range_end: b("b") },
    { permType: 1, key: b("a") },
  ];
  for (const perm of perms) await client.call("Auth/RoleGrantPermission", { name: "some", perm });
  await client.call("Auth/UserGrantRole", { user: "root", role: "root" });
  await client.call("Auth/UserGrantRole", { user: "alice", role: "some" });
  await client.call("Auth/AuthEnable", {});
}

async function as(surface: Surface, name: string, password = `${name}!`) {
  const { token } = await surface.client.call("Auth/Authenticate", { name, password });
  return surface.clientWith({ token });
}

test("auth can be on only with a root user that has the root role", async (t) => {
  const { client } = await openSurface(t);
  t.deepEqual(await client.refusal("Auth/AuthEnable", {}), {
    code: 9,
    text: "etcdserver: root user does not exist",
  });
  await client.call("Auth/UserAdd", { name: "root", options: { no_password: true } });
  t.deepEqual(await client.refusal("Auth/AuthEnable", {}), {
    code: 9,
    text: "etcdserver: root user does not have root role",
  });
  t.deepEqual(await client.refusal("Auth/Authenticate", { name: "root", password: "x" }), {
    code: 9,
    text: "etcdserver: authentication is not enabled",
  });
  t.false((await client.call("Auth/AuthStatus", {})).enabled);
});

test("passwords are kept as etcd keeps them, and those of 0.1.0 are still known", async (t) => {
  const hash = await hashPassword("wonder", 4);
  t.regex(hash, /^\$2a\$04\$/);
  t.true(await isPassword("wonder", hash));
  t.false(await isPassword("wonde", hash));
  t.true(await isPassword("wonder", ETCDS_HASH));
  t.true(await isPassword("wonder", SCRYPT_HASH));
  t.false(await isPassword("wonde", SCRYPT_HASH));
  for (const strange of ["", "plain", "$2a$31$Q8p6MBSKZ9mQ8JKcH2a7qe", "$2a$10$short"]) {
    t.false(await isPassword("wonder", strange), strange);
  }
  const { client } = await openSurface(t);
  t.deepEqual(await client.refusal("Auth/UserAdd", { name: "long", password: "x".repeat(73) }), {
    code: 2,
    text: "bcrypt: password length exceeds 72 bytes",
  });
});

test("who says nothing of itself may do nothing, and each may do what its roles allow", async (t) => {
  const surface = await openSurface(t);
  await secured(surface);
  const { client } = surface;
  t.deepEqual(await client.refusal("KV/Range", { key: b("a") }), EMPTY_USER);
  t.deepEqual(await client.refusal("KV/Put", { key: b("a") }), EMPTY_USER);
  for (const rpc of ["Cluster/MemberList", "Maintenance/Status", "Lease/LeaseLeases"] as const) {
    t.deepEqual(await client.refusal(rpc, {}), EMPTY_USER, rpc);
  }
  t.deepEqual(await client.refusal("Lease/LeaseGrant", { TTL: 10 }), EMPTY_USER);
  const alice = await as(surface, "alice");
  await alice.call("KV/Put", { key: b("a"), value: b("1") });
  t.is((await alice.call("KV/Range", { key: b("a"), range_end: b("b") })).count, 1);
  t.deepEqual(await alice.refusal("KV/Range", { key: b("a"), range_end: b("c") }), DENIED);
  t.deepEqual(await alice.refusal("KV/Put", { key: b("aa") }), DENIED);
  t.deepEqual(await alice.refusal("KV/DeleteRange", { key: b("a"), range_end: b("b") }), DENIED);
  t.deepEqual(await alice.refusal("KV/Txn", { success: [{ request_put: { key: b("x") } }] }), DENIED);
  t.deepEqual(await alice.refusal("KV/Compact", { revision: 2 }), DENIED);
  t.deepEqual(await alice.refusal("Auth/UserAdd", { name: "bob", password: "x" }), DENIED);
  t.deepEqual(await alice.refusal("Auth/UserGet", { name: "root" }), DENIED);
  t.deepEqual((await alice.call("Auth/UserGet", { name: "alice" })).roles, ["some"]);
  t.is((await alice.call("Auth/RoleGet", { role: "some" })).perm.length, 2);
  const root = await as(surface, "root");
  await root.call("KV/Put", { key: b("x"), value: b("1") });
  t.deepEqual((await root.call("Auth/UserList", {})).users, ["alice", "root"]);
  await root.call("Auth/AuthDisable", {});
  t.is((await client.call("KV/Range", { key: b("x") })).count, 1);
});

test("a watch that may not see its keys is refused on its stream", async (t) => {
  const surface = await openSurface(t);
  await secured(surface);
  const watch = (await as(surface, "alice")).open("Watch/Watch");
  watch.send({ create_request: { key: b("x") } });
  const refused = await watch.next();
  t.deepEqual(
    [refused.watch_id, refused.created, refused.canceled, refused.cancel_reason],
    [-1, true, true, "rpc error: code = PermissionDenied desc = etcdserver: permission denied"],
  );
  watch.send({ create_request: { key: b("a") } });
  t.false((await watch.next()).canceled);
  watch.cancel();
});

test("a wrong password, a wrong token and a token from before a new password are refused", async (t) => {
  const surface = await openSurface(t);
  await secured(surface);
  for (const name of ["alice", "nobody"]) {
    t.deepEqual(await surface.client.refusal("Auth/Authenticate", { name, password: "wrong" }), {
      code: 3,
      text: "etcdserver: authentication failed, invalid user ID or password",
    });
  }
  const alice = await as(surface, "alice");
  await alice.call("KV/Range", { key: b("a") });
  const root = await as(surface, "root");
  await root.call("Auth/UserChangePassword", { name: "alice", password: "new" });
  t.deepEqual(await alice.refusal("KV/Range", { key: b("a") }), BAD_TOKEN);
  for (const token of ["", "x", "x.y", "bm90IGpzb24.AAAA"]) {
    t.deepEqual(await surface.clientWith({ token }).refusal("KV/Range", { key: b("a") }), BAD_TOKEN, token);
  }
  await (await as(surface, "alice", "new")).call("KV/Range", { key: b("a") });
});

test("JWTs carry user and auth revision: one from before a change of auth must be renewed", async (t) => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwt = new JwtSigner({
    signMethod: "ES256",
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
  });
  const surface = await openSurface(t, { tokens: { jwt } });
  await secured(surface);
  const alice = await as(surface, "alice");
  await alice.call("KV/Put", { key: b("a"), value: b("1") });
  await (await as(surface, "root")).call("Auth/RoleAdd", { name: "other" });
  const old = { code: 3, text: "etcdserver: revision of auth store is old" };
  t.deepEqual(await alice.refusal("KV/Put", { key: b("a") }), old);
  t.deepEqual(await alice.refusal("KV/Range", { key: b("a") }), old);
  const { token } = await surface.client.call("Auth/Authenticate", { name: "alice", password: "alice!" });
  await surface.clientWith({ authorization: `Bearer ${token}` }).call("KV/Range", { key: b("a") });
  const forged = `${token.slice(0, token.lastIndexOf("."))}.AAAA`;
  t.deepEqual(await surface.clientWith({ token: forged }).refusal("KV/Range", { key: b("a") }), BAD_TOKEN);
});

test("changes of users and roles that can't be are refused with etcd's texts", async (t) => {
  const surface = await openSurface(t);
  await secured(surface);
  const root = await as(surface, "root");
  const text = async (...args: Parameters<typeof root.refusal>) => (await root.refusal(...args)).text;
  t.is(await text("Auth/UserAdd", { name: "" }), "etcdserver: user name is empty");
  t.is(await text("Auth/UserAdd", { name: "alice" }), "etcdserver: user name already exists");
  t.is(await text("Auth/UserGet", { name: "none" }), "etcdserver: user name not found");
  t.is(await text("Auth/UserDelete", { name: "root" }), "etcdserver: invalid auth management");
  t.is(await text("Auth/RoleAdd", { name: "some" }), "etcdserver: role name already exists");
  t.is(await text("Auth/RoleGet", { role: "none" }), "etcdserver: role name not found");
  t.is(await text("Auth/UserGrantRole", { user: "alice", role: "none" }), "etcdserver: role name not found");
  t.is(await text("Auth/RoleGrantPermission", { name: "some" }), "etcdserver: permission not given");
});
