import test from "ava";
import { AuthStore, decodeAuthRequest, encodeAuthRequest } from "../src/index.ts";

const caller = { user: "alice", authRevision: 100 };
const key = Buffer.from("foo");

function filled(): { readonly store: AuthStore; readonly records: Map<string, string> } {
  const records = new Map<string, string>();
  const store = new AuthStore((name, record) => {
    if (record === undefined) records.delete(name);
    else records.set(name, record);
  });
  for (const name of ["root", "alice"]) {
    store.apply({ type: "user-add", name, passwordHash: "", noPassword: true });
  }
  store.apply({ type: "user-grant-role", name: "root", role: "root" });
  store.apply({ type: "role-add", role: "reader" });
  const permission = { type: "read", key, rangeEnd: Buffer.from("fop") } as const;
  const request = encodeAuthRequest({ type: "role-grant-permission", role: "reader", permission });
  store.apply(decodeAuthRequest(request));
  store.apply({ type: "user-grant-role", name: "alice", role: "reader" });
  store.apply({ type: "enable" });
  return { store, records };
}

test("a permission of Buffers stays one in the log's text", (t) => {
  const request = {
    type: "role-grant-permission",
    role: "reader",
    permission: { type: "write", key, rangeEnd: Buffer.from([0]) },
  } as const;
  t.deepEqual(decodeAuthRequest(encodeAuthRequest(request)), request);
});

test("users, roles and what they may do are the same after their records were loaded", (t) => {
  const { store, records } = filled();
  const loaded = new AuthStore(() => {});
  for (const [name, record] of records) loaded.load(name, record);
  t.true(loaded.enabled);
  t.is(loaded.revision, store.revision);
  t.deepEqual(loaded.findRole("reader"), store.findRole("reader"));
  for (const one of [store, loaded]) {
    t.notThrows(() => one.checkRange(caller, "read", key));
    t.throws(() => one.checkRange(caller, "write", key), { code: "PERMISSION_DENIED" });
    t.throws(() => one.checkRange(caller, "read", Buffer.from("goo")), { code: "PERMISSION_DENIED" });
  }
});
