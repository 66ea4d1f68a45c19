/**
 * The testing API: a whole control plane inside the calling process, in memory, on a free port, ready in a
 * fraction of a second and gone with the process. The same API server and controllers as in a member; only
 * the store is the in-memory twin of the replica.
 *
 *   const plane = await startControlPlane();
 *   const client = new KubeConfig(); client.loadFromString(plane.kubeconfig);
 *   ...
 *   await plane.stop();
 */

import { generateKeyPairSync } from "node:crypto";
import { SystemClock, systemRandom } from "@quorate/base";
import { type Log, selectControllers } from "@quorate/controllers";
import { LocalKv } from "@quorate/mvcc";
import { issueAuthority, issueCertificate } from "./certificates/authority.ts";
import type { CertificateFiles } from "./certificates/certificate-request.ts";
import { renderKubeconfig } from "./kubeconfig.ts";
import { serveApi } from "./member/serve-api.ts";
import { DEFAULT_SERVICE_RANGE, kubernetesServiceAddress } from "./member/service-address.ts";
import { writeFileAtomically } from "./write-file-atomically.ts";

/** All optional: without a word it listens on a free port of loopback. */
export interface ControlPlaneOptions {
  readonly host?: string;
  readonly port?: number;
  readonly serviceRanges?: string;
  /** As `--controllers`; all where absent. */
  readonly controllers?: readonly string[];
  /** As `--disable-admission-plugins`. */
  readonly disabledAdmission?: readonly string[];
  /** Silent where absent. */
  readonly log?: Log;
}

/** Who a client is; its certificate says so. */
export interface ClientIdentity {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** A running control plane. */
export interface ControlPlane {
  /** `https://127.0.0.1:<port>`. */
  readonly url: string;
  /** PEM of the authority that vouches for the server, and for clients. */
  readonly authority: string;
  /** PEM of a member of system:masters. */
  readonly admin: CertificateFiles;
  /** YAML, with the administrator's credentials in it. */
  readonly kubeconfig: string;
  writeKubeconfig(file: string): Promise<void>;
  /** Credentials of another user, for tests of what is allowed. */
  issueClient(identity: ClientIdentity): Promise<CertificateFiles>;
  /** Ends requests and controllers; all data is gone. */
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";

const ISSUER = "https://kubernetes.default.svc.cluster.local";

function serviceAccountKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

/** Resolves once it answers and the system namespaces are there. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { host = HOST, port = 0, serviceRanges = DEFAULT_SERVICE_RANGE, controllers = ["*"] } = options;
  const clock = new SystemClock();
  const authority = await issueAuthority("quorate-ca");
  const issueClient = ({ user, groups = [] }: ClientIdentity) =>
    issueCertificate(authority, {
      commonName: user,
      organizations: groups,
      hosts: [],
      usages: ["clientAuth"],
    });
  const [serving, admin] = await Promise.all([
    issueCertificate(authority, {
      commonName: "kube-apiserver",
      hosts: [...new Set([host, HOST, "localhost", kubernetesServiceAddress(serviceRanges)])],
      usages: ["serverAuth"],
    }),
    issueClient({ user: "quorate-admin", groups: ["system:masters"] }),
  ]);
  const kv = await LocalKv.open({ clock });
  const api = await serveApi({
    kv,
    leadership: { isLeader: true, onChange: () => () => {} },
    clock,
    random: systemRandom(),
    log: options.log ?? (() => {}),
    listen: { host, port },
    tls: { cert: serving.certificate, key: serving.key, clientCa: authority.certificate },
    rootCertificate: authority.certificate,
    serviceAccounts: { signingKey: serviceAccountKey(), otherKeys: [], issuer: ISSUER },
    serviceRanges,
    controllers: selectControllers(controllers),
    disabledAdmission: options.disabledAdmission ?? [],
    namespaceSettleMs: 0,
  });
  await api.bootstrapped();
  const kubeconfig = renderKubeconfig({
    authority: authority.certificate,
    admin,
    members: [{ name: "test", endpoint: api.server.url }],
  });
  return {
    url: api.server.url,
    authority: authority.certificate,
    admin,
    kubeconfig,
    writeKubeconfig: (file) => writeFileAtomically(file, kubeconfig, 0o600),
    issueClient,
    stop: async () => {
      await api.stop();
      await kv.close();
    },
  };
}
