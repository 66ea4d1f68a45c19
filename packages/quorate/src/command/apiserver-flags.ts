/**
 * Flags of kube-apiserver that `quorate serve` knows without having what they control. Those whose absence
 * changes nothing that a user relies on are taken and named in the log; those that would be a promise (who
 * may do what, what is audited, how data is encrypted) are refused in one line. Documented in docs/compat.md.
 */
import { CodedError } from "@quorate/base";
import { type Command, Option } from "commander";

/** Taken, and without effect: tuning of what is done in another way here, or the only value there is. */
const IGNORED: Readonly<Record<string, string>> = {
  "aggregator-reject-forwarding-redirect": "no requests are forwarded",
  "allow-privileged": "pods are stored, not run",
  "cert-dir": "certificates lie in the data directory",
  "contention-profiling": "Node has no such profile",
  "coordinated-leadership-lease-duration": "the store's leader leads",
  "coordinated-leadership-renew-deadline": "the store's leader leads",
  "coordinated-leadership-retry-period": "the store's leader leads",
  "delete-collection-workers": "deletions of a collection share log batches",
  "enable-aggregator-routing": "no requests are forwarded",
  "etcd-count-metric-poll-period": "counts are always current",
  "etcd-db-metric-poll-interval": "sizes are always current",
  "etcd-healthcheck-timeout": "two seconds, as the reference's default",
  "etcd-readycheck-timeout": "two seconds, as the reference's default",
  "external-hostname": "only documentation shows it",
  "feature-gates": "what is served follows from the release",
  "goaway-chance": "connections are spread when members go",
  "http2-max-streams-per-connection": "the default of the reference applies",
  "kubelet-preferred-address-types": "kubelets are not called",
  "kubelet-timeout": "kubelets are not called",
  "lease-reuse-duration-seconds": "events share leases",
  "livez-grace-period": "a member that starts is alive",
  "log-flush-frequency": "lines are written at once",
  "log-text-info-buffer-size": "lines are written at once",
  "log-text-split-stream": "the log is one stream",
  "logging-format": "the log is JSON",
  "permit-address-sharing": "the port is the member's own",
  "permit-port-sharing": "the port is the member's own",
  profiling: "Node's own tools profile it",
  "service-account-extend-token-expiration": "tokens live as long as they say",
  "shutdown-send-retry-after": "clients are told to go by GOAWAY",
  "shutdown-watch-termination-grace-period": "watches end with the server",
  "storage-backend": "the store is part of the member",
  "storage-initialization-timeout": "a member waits for its quorum",
  "storage-media-type": "objects are stored as JSON",
  vmodule: "verbosity is one for all",
  "watch-cache": "reads always come from the cache",
  "watch-cache-sizes": "the cache is bounded by bytes",
};

/** Refused, with the reason. */
const REFUSED: Readonly<Record<string, string>> = {
  "admission-control-config-file": "admission plugins take no configuration",
  "anonymous-auth": "anonymous requests reach the health probes and nothing else",
  "authentication-config": "clients are known by their certificates",
  "authentication-token-webhook-config-file": "clients are known by their certificates",
  "authorization-config": "members of system:masters may do everything, others read discovery",
  "authorization-mode": "members of system:masters may do everything, others read discovery",
  "authorization-policy-file": "members of system:masters may do everything, others read discovery",
  "authorization-webhook-config-file": "members of system:masters may do everything, others read discovery",
  "audit-log-path": "requests are not audited",
  "audit-policy-file": "requests are not audited",
  "audit-webhook-config-file": "requests are not audited",
  "cors-allowed-origins": "browsers are not served",
  "debug-socket-path": "there is no debug socket",
  "disable-http2-serving": "clients choose the protocol",
  "egress-selector-config-file": "nothing is called outside",
  "emulated-version": "one Kubernetes release is served",
  "enable-bootstrap-token-auth": "clients are known by their certificates",
  "enable-logs-handler": "no files of the machine are served",
  "enable-admission-plugins": "every plugin that there is runs already",
  "encryption-provider-config": "values are not encrypted at rest",
  "kubelet-certificate-authority": "kubelets are not called",
  "kubelet-client-certificate": "kubelets are not called",
  "kubelet-client-key": "kubelets are not called",
  "kubernetes-service-node-port": "the kubernetes service has a cluster IP only",
  "oidc-issuer-url": "clients are known by their certificates",
  "proxy-client-cert-file": "no requests are forwarded",
  "proxy-client-key-file": "no requests are forwarded",
  "requestheader-client-ca-file": "no front proxy is trusted",
  "requestheader-allowed-names": "no front proxy is trusted",
  "runtime-config": "the versions that the reference serves by default are served",
  "service-account-signing-endpoint": "keys are read from files",
  "tls-cipher-suites": "Node's secure defaults apply",
  "tls-min-version": "TLS 1.2 and newer are served",
  "tls-sni-cert-key": "one certificate is served",
  "token-auth-file": "clients are known by their certificates",
  "tracing-config-file": "requests are not traced",
};

function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Lets the command take all of them; `--help` does not list what has no effect. */
export function addApiserverFlags(command: Command): Command {
  const taken = new Set(command.options.map((option) => option.long));
  for (const name of [...Object.keys(IGNORED), ...Object.keys(REFUSED)]) {
    if (!taken.has(`--${name}`)) command.addOption(new Option(`--${name} [value]`).hideHelp());
  }
  return command;
}

/**
 * The names of the flags that were given and have no effect. Throws BAD_FLAGS for the first that is refused.
 */
export function checkApiserverFlags(given: Readonly<Record<string, unknown>>): readonly string[] {
  for (const [name, why] of Object.entries(REFUSED)) {
    if (given[camel(name)] === undefined) continue;
    throw new CodedError(
      "BAD_FLAGS",
      `--${name} is a flag of kube-apiserver that has no effect yet: ${why}; leave it out`,
    );
  }
  return Object.keys(IGNORED).filter((name) => given[camel(name)] !== undefined);
}
