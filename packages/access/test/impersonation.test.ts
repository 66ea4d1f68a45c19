import test from "ava";
import { impersonates, parseImpersonation } from "../src/index.ts";

test("a service account is impersonated with its groups", (t) => {
  const { user, required } = parseImpersonation({ "impersonate-user": "system:serviceaccount:ns:robot" });
  t.deepEqual(user.groups, ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"]);
  const [{ resource, namespace, name }] = required as [(typeof required)[0]];
  t.deepEqual([resource, namespace, name], ["serviceaccounts", "ns", "robot"]);
});

test("each group, the uid and each extra value takes a permission of its own", (t) => {
  const { user, required } = parseImpersonation({
    "impersonate-user": "bob",
    "impersonate-group": "a, b",
    "impersonate-uid": "1",
    "impersonate-extra-scopes%2fx": "view",
  });
  const asked = required.map(({ resource, subresource, name }) => [resource, subresource, name].join(" "));
  t.deepEqual(asked, ["users  bob", "groups  a", "groups  b", "uids  1", "userextras scopes/x view"]);
  t.deepEqual(user.extra, { "scopes/x": ["view"] });
  t.deepEqual(user.groups, ["a", "b", "system:authenticated"]);
});

test("strangers stay strangers", (t) => {
  const { user } = parseImpersonation({ "impersonate-user": "system:anonymous" });
  t.deepEqual(user.groups, ["system:unauthenticated"]);
});

test("requests without such headers are left alone", (t) => {
  t.false(impersonates({ accept: "*/*" }));
  t.true(impersonates({ "impersonate-uid": "1" }));
});
