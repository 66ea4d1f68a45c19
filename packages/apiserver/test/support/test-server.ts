/**
 * A whole front door on real stores over an in-memory Kv, on a free port of the loopback, with certificates
 * of its own.
 */
import {
  AnonymousAuthenticator,
  AuthenticatorList,
  AuthorizerList,
  BasicAuthorizer,
  builtinAdmission,
  CertificateAuthenticator,
  SuperuserAuthorizer,
} from "@quorate/access";
import { type Clock, SystemClock, seededRandom } from "@quorate/base";
import { LocalKv } from "@quorate/mvcc";
import { type ObjectStores, openObjectStores } from "@quorate/registry";
import { builtinSchema } from "@quorate/schema";
import type { ApiServerOptions, RunningApiServer } from "../../src/index.ts";
import { startApiServer } from "../../src/index.ts";
import { type Issued, issueAuthority, issueCertificate, type KeyPair } from "./certificates.ts";

let authority: Promise<Issued> | undefined;

function sharedAuthority(): Promise<Issued> {
  authority ??= issueAuthority("test-ca");
  return authority;
}

export interface TestServer {
  readonly server: RunningApiServer;
  /** PEM of the authority that vouches for the server. */
  readonly ca: string;
  /** A member of system:masters. */
  readonly admin: KeyPair;
  /** A client certificate with this subject (`O=group, CN=name`). */
  issue(subject: string): Promise<KeyPair>;
  close(): Promise<void>;
}

const SYSTEM_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

export async function startTestServer(overrides: Partial<ApiServerOptions> = {}): Promise<TestServer> {
  const ca = await sharedAuthority();
  const serving = await issueCertificate(ca, "CN=quorate-test");
  const admin = await issueCertificate(ca, "O=system:masters, CN=admin");
  const clock: Clock = overrides.clock ?? new SystemClock();
  const random = overrides.random ?? seededRandom(1);
  const schema = overrides.schema ?? builtinSchema();
  const kv = await LocalKv.open({ clock: new SystemClock() });
  const stores = overrides.stores ?? openObjectStores({ kv, schema, clock, random });
  await stores.ready();
  const authorizer = new AuthorizerList([new SuperuserAuthorizer(), new BasicAuthorizer()]);
  const server = await startApiServer({
    schema,
    stores,
    authenticator: new AuthenticatorList([new CertificateAuthenticator(clock), new AnonymousAuthenticator()]),
    authorizer,
    admission: builtinAdmission({ stores, authorizer }),
    clock,
    random,
    listen: { host: "127.0.0.1", port: 0 },
    tls: { cert: serving.cert, key: serving.key, clientCa: ca.cert },
    ...overrides,
  });
  await addSystemObjects(stores);
  return {
    server,
    ca: ca.cert,
    admin,
    issue: (subject) => issueCertificate(ca, subject),
    close: async () => {
      await server.stop({ graceMs: 1_000 });
      await stores.close();
      await kv.close();
    },
  };
}

/** What controllers and a host's bootstrap would have made. */
async function addSystemObjects(stores: ObjectStores): Promise<void> {
  const context = {
    namespace: "",
    subresource: "",
    now: "2026-01-01T00:00:00Z",
    userName: "system:apiserver",
    userGroups: [],
    dryRun: false,
  } as const;
  for (const name of SYSTEM_NAMESPACES) {
    const namespace = { kind: "Namespace", apiVersion: "v1", metadata: { name } };
    await stores.store("", "namespaces").create(namespace, context);
  }
  const account = {
    kind: "ServiceAccount",
    apiVersion: "v1",
    metadata: { name: "default", namespace: "default" },
  };
  await stores.store("", "serviceaccounts").create(account, { ...context, namespace: "default" });
}
