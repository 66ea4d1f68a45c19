/** The object that most workloads use: a ConfigMap of about 1 KiB, as in the baseline. */

const FILLER = "abcdefghijklmnopqrstuvwxyz0123456789".repeat(24);

/** The path of one, or of all of a namespace. */
export function configMapPath(namespace: string, name = ""): string {
  return `/api/v1/namespaces/${namespace}/configmaps${name && `/${name}`}`;
}

/** The JSON of a ConfigMap whose payload is `bytes` long and differs by `index`. */
export function configMapBody(
  name: string,
  index: number,
  bytes = 850,
  more: Record<string, string> = {},
): string {
  const payload =
    bytes <= FILLER.length ? FILLER.slice(0, bytes) : FILLER.repeat(Math.ceil(bytes / FILLER.length));
  return JSON.stringify({
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { name, labels: { app: "bench", shard: `s${index % 10}` } },
    data: { index: String(index), payload: payload.slice(0, bytes), ...more },
  });
}
