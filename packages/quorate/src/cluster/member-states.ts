/** How the members of a kubeconfig are: asked over their front doors, so that it works from anywhere. */
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { CodedError, messageOf } from "@quorate/base";
import { parse } from "yaml";

const TIMEOUT_MS = 3_000;

/** What one member says of itself. */
export interface MemberState {
  readonly name: string;
  readonly endpoint: string;
  readonly isReady: boolean;
  readonly isLeader: boolean;
  /** The store's revision there; absent where it does not answer. */
  readonly appliedIndex?: number;
  readonly dbSizeBytes?: number;
  /** Why it does not answer, or is not ready. */
  readonly problem?: string;
}

interface Kubeconfig {
  readonly clusters?: readonly {
    readonly name: string;
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users?: readonly {
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}

interface Credentials {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

function get(url: string, credentials: Credentials): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...credentials, agent: false, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    sent.on("error", reject);
    sent.end();
  });
}

function metric(body: string, name: string): number | undefined {
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+]+)$`, "m").exec(body)?.[1];
  return value === undefined ? undefined : Number(value);
}

async function readState(name: string, endpoint: string, credentials: Credentials): Promise<MemberState> {
  try {
    const [ready, metrics] = await Promise.all([
      get(`${endpoint}/readyz?verbose`, credentials),
      get(`${endpoint}/metrics`, credentials),
    ]);
    const isReady = ready.status === 200;
    const failing = ready.body.split("\n").find((line) => line.startsWith("[-]"));
    const appliedIndex = metric(metrics.body, "etcd_server_proposals_applied_total");
    const dbSizeBytes = metric(metrics.body, "etcd_mvcc_db_total_size_in_bytes");
    return {
      name,
      endpoint,
      isReady,
      isLeader: metric(metrics.body, "etcd_server_is_leader") === 1,
      ...(appliedIndex === undefined ? {} : { appliedIndex }),
      ...(dbSizeBytes === undefined ? {} : { dbSizeBytes }),
      ...(isReady ? {} : { problem: failing ?? `/readyz answers ${ready.status}` }),
    };
  } catch (error) {
    return { name, endpoint, isReady: false, isLeader: false, problem: messageOf(error) };
  }
}

/** Asks every member of the kubeconfig. Throws KUBECONFIG_UNREADABLE where that can't be used. */
export async function readMemberStates(file: string): Promise<readonly MemberState[]> {
  let config: Kubeconfig;
  try {
    config = parse(await readFile(file, "utf8")) as Kubeconfig;
  } catch (error) {
    const message = `${file} can't be read: ${messageOf(error)}: start a cluster first, or give --kubeconfig`;
    throw new CodedError("KUBECONFIG_UNREADABLE", message);
  }
  const clusters = config.clusters?.filter(({ name }) => name.startsWith("quorate-")) ?? [];
  const user = config.users?.[0]?.user;
  if (clusters.length === 0 || !user) {
    throw new CodedError("KUBECONFIG_UNREADABLE", `${file} was not written by quorate: give its kubeconfig`);
  }
  const bytes = (base64: string) => Buffer.from(base64, "base64");
  return Promise.all(
    clusters.map(({ name, cluster }) =>
      readState(name.replace(/^quorate-/, ""), cluster.server, {
        ca: bytes(cluster["certificate-authority-data"]),
        cert: bytes(user["client-certificate-data"]),
        key: bytes(user["client-key-data"]),
      }),
    ),
  );
}

/** A table with a line for each member. */
export function renderMemberStates(states: readonly MemberState[]): string {
  const rows = [
    ["MEMBER", "ENDPOINT", "READY", "ROLE", "APPLIED", "DB SIZE", "PROBLEM"],
    ...states.map((state) => [
      state.name,
      state.endpoint,
      state.isReady ? "yes" : "no",
      state.isLeader ? "leader" : state.problem ? "-" : "follower",
      state.appliedIndex === undefined ? "-" : String(state.appliedIndex),
      state.dbSizeBytes === undefined ? "-" : `${(state.dbSizeBytes / 1024 / 1024).toFixed(1)} MiB`,
      state.problem ?? "",
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ");
  return `${rows.map((row) => line(row).trimEnd()).join("\n")}\n`;
}
