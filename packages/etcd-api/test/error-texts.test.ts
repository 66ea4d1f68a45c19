import { CodedError } from "@quorate/base";
import test from "ava";
import { codeOfRpcError, findRpcError, rpcErrorOf } from "../src/rpc-error.ts";

/** etcd's rpctypes that our codes stand for: what its clients compare. */
const TABLE = `
EMPTY_KEY                    3 etcdserver: key is not provided
KEY_NOT_FOUND                3 etcdserver: key not found
VALUE_PROVIDED               3 etcdserver: value is provided
LEASE_PROVIDED               3 etcdserver: lease is provided
TOO_MANY_OPS                 3 etcdserver: too many operations in txn request
DUPLICATE_KEY                3 etcdserver: duplicate key given in txn request
INVALID_CLIENT_API_VERSION   3 etcdserver: invalid client api version
INVALID_SORT_OPTION          3 etcdserver: invalid sort option
COMPACTED                   11 etcdserver: mvcc: required revision has been compacted
FUTURE_REVISION             11 etcdserver: mvcc: required revision is a future revision
NO_SPACE                     8 etcdserver: mvcc: database space exceeded
LEASE_NOT_FOUND              5 etcdserver: requested lease not found
LEASE_EXISTS                 9 etcdserver: lease already exists
LEASE_TTL_TOO_LARGE         11 etcdserver: too large lease TTL
MEMBER_EXISTS                9 etcdserver: member ID already exist
PEER_URL_EXISTS              9 etcdserver: Peer URLs already exists
NOT_ENOUGH_STARTED           9 etcdserver: re-configuration failed due to not enough started members
BAD_MEMBER_URLS              3 etcdserver: given member URLs are invalid
MEMBER_NOT_FOUND             5 etcdserver: member not found
NOT_A_LEARNER                9 etcdserver: can only promote a learner member
LEARNER_NOT_READY            9 etcdserver: can only promote a learner member which is in sync with leader
TOO_MANY_LEARNERS            9 etcdserver: too many learner members in cluster
REQUEST_TOO_LARGE            3 etcdserver: request is too large
TOO_MANY_REQUESTS            8 etcdserver: too many requests
ROOT_USER_NOT_EXIST          9 etcdserver: root user does not exist
ROOT_ROLE_NOT_EXIST          9 etcdserver: root user does not have root role
USER_EXISTS                  9 etcdserver: user name already exists
USER_EMPTY                   3 etcdserver: user name is empty
USER_NOT_FOUND               9 etcdserver: user name not found
ROLE_EXISTS                  9 etcdserver: role name already exists
ROLE_NOT_FOUND               9 etcdserver: role name not found
ROLE_EMPTY                   3 etcdserver: role name is empty
AUTH_FAILED                  3 etcdserver: authentication failed, invalid user ID or password
PERMISSION_NOT_GIVEN         3 etcdserver: permission not given
PERMISSION_DENIED            7 etcdserver: permission denied
ROLE_NOT_GRANTED             9 etcdserver: role is not granted to the user
PERMISSION_NOT_GRANTED       9 etcdserver: permission is not granted to the role
AUTH_NOT_ENABLED             9 etcdserver: authentication is not enabled
INVALID_AUTH_TOKEN          16 etcdserver: invalid auth token
INVALID_AUTH_MANAGEMENT      3 etcdserver: invalid auth management
AUTH_OLD_REVISION            3 etcdserver: revision of auth store is old
NO_LEADER                   14 etcdserver: no leader
NOT_LEADER                   9 etcdserver: not leader
LEADER_CHANGED              14 etcdserver: leader changed
STOPPED                     14 etcdserver: server stopped
TIMEOUT                     14 etcdserver: request timed out
UNHEALTHY                   14 etcdserver: unhealthy cluster
CORRUPT                     15 etcdserver: corrupt cluster
NOT_SUPPORTED_FOR_LEARNER    9 etcdserver: rpc not supported for learner
BAD_LEADER_TRANSFEREE        9 etcdserver: bad leader transferee
WRONG_DOWNGRADE_VERSION      3 etcdserver: wrong downgrade target version format
INVALID_DOWNGRADE_TARGET     3 etcdserver: invalid downgrade target version
NO_DOWNGRADE                 9 etcdserver: no inflight downgrade job
CANCELLED                    1 etcdserver: request canceled
DEADLINE_EXCEEDED            4 etcdserver: context deadline exceeded
`;

test("our codes are told with etcd's codes and texts, and its texts are known again", (t) => {
  for (const row of TABLE.trim().split("\n")) {
    const [, ours = "", code, text = ""] = /^(\S+)\s+(\d+) (.*)$/.exec(row) ?? [];
    const error = findRpcError(ours);
    t.deepEqual([error?.code, error?.details], [Number(code), text], ours);
    // Two of ours share a text.
    const known = codeOfRpcError(Number(code), text);
    t.is(findRpcError(known)?.details, text, ours);
  }
});

test("what has no text of etcd's keeps its own, and what nobody foresaw is internal", (t) => {
  t.like(rpcErrorOf(new CodedError("SOMETHING_NEW", "it is new")), {
    code: 2,
    details: "etcdserver: it is new",
  });
  t.like(rpcErrorOf(new Error("oops")), { code: 13, details: "oops" });
});
