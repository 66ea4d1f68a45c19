/**
 * The administrator's kubeconfig: a context for every member, the first one current, credentials embedded.
 */
import { readFile } from "node:fs/promises";
import { writeFileAtomically } from "./write-file-atomically.ts";

/** Who connects to whom. */
export interface KubeconfigContent {
  /** PEM of the authority that signed the serving certificates. */
  readonly authority: string;
  readonly admin: { readonly certificate: string; readonly key: string };
  readonly members: readonly { readonly name: string; readonly endpoint: string }[];
}

/** What to write, and where. */
export interface KubeconfigOptions extends KubeconfigContent {
  readonly file: string;
}

const USER = "quorate-admin";

/** Context and cluster of a member; the first one also has the plain name. */
const contextOf = (member: string) => `quorate-${member}`;

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/**
 * The kubeconfig as YAML. Written by hand: a member renders it at each start to see whether it is still true,
 * and a YAML library is more code than all of this.
 */
export function renderKubeconfig({ authority, admin, members }: KubeconfigContent): string {
  const cluster = (name: string, endpoint: string) => [
    `  - name: ${name}`,
    "    cluster:",
    `      server: ${endpoint}`,
    `      certificate-authority-data: ${base64(authority)}`,
  ];
  const context = (name: string) => [
    `  - name: ${name}`,
    "    context:",
    `      cluster: ${name}`,
    `      user: ${USER}`,
  ];
  const first = members[0]!;
  return [
    "apiVersion: v1",
    "kind: Config",
    "current-context: quorate",
    "clusters:",
    ...cluster("quorate", first.endpoint),
    ...members.flatMap((member) => cluster(contextOf(member.name), member.endpoint)),
    "contexts:",
    ...context("quorate"),
    ...members.flatMap((member) => context(contextOf(member.name))),
    "users:",
    `  - name: ${USER}`,
    "    user:",
    `      client-certificate-data: ${base64(admin.certificate)}`,
    `      client-key-data: ${base64(admin.key)}`,
    "",
  ].join("\n");
}

/** Writes it where it differs from what is there, readable by its owner only. */
export async function writeKubeconfig(options: KubeconfigOptions): Promise<void> {
  const content = renderKubeconfig(options);
  if ((await readFile(options.file, "utf8").catch(() => undefined)) === content) return;
  await writeFileAtomically(options.file, content, 0o600);
}
