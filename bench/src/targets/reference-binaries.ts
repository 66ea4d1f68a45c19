/**
 * The references' programs: kube-apiserver 1.37 and etcd 3.6, built from their Go modules by a small main of
 * ours under bench/reference and kept under node_modules/.cache.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CACHE = join(ROOT, "node_modules/.cache/quorate-bench");
const VERSION_PACKAGE = "k8s.io/component-base/version";
const KUBERNETES_VERSION = "v1.37.2";
const GO_MINOR_MIN = 26;

const LINKER_FLAGS = {
  etcd: "-s -w",
  apiserver:
    `-s -w -X ${VERSION_PACKAGE}.gitVersion=${KUBERNETES_VERSION} ` +
    `-X ${VERSION_PACKAGE}.gitMajor=1 -X ${VERSION_PACKAGE}.gitMinor=37`,
};

type Program = keyof typeof LINKER_FLAGS;

/** Paths of the built programs. */
export type ReferenceBinaries = Readonly<Record<Program, string>>;

async function checkGo(): Promise<void> {
  const fix = `install Go 1.${GO_MINOR_MIN} or newer, or leave --reference out`;
  const { stdout } = await run("go", ["env", "GOVERSION"]).catch(() => {
    throw new Error(
      `--reference builds kube-apiserver and etcd from their Go modules, and there is no Go here: ${fix}`,
    );
  });
  const minor = Number(/^go1\.(\d+)/.exec(stdout)?.[1] ?? GO_MINOR_MIN);
  if (minor < GO_MINOR_MIN)
    throw new Error(`--reference needs a newer Go than ${stdout.trim().slice(2)}: ${fix}`);
}

async function build(program: Program): Promise<string> {
  const output = join(CACHE, program);
  // Built beside it and renamed: an interrupted build must not pass for a whole one.
  const partial = `${output}.${process.pid}`;
  await run("go", ["build", "-ldflags", LINKER_FLAGS[program], "-o", partial, "."], {
    cwd: join(ROOT, "bench/reference", program),
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -mod=readonly" },
    maxBuffer: 64 << 20,
  }).catch((error: Error & { stderr?: string }) => {
    throw new Error(`${program} could not be built: ${(error.stderr ?? error.message).trim().slice(-1_000)}`);
  });
  await rename(partial, output);
  return output;
}

/**
 * Builds what is not built yet (minutes at the first time, so `note` is told); throws one clear line without
 * Go.
 */
export async function buildReferences(note: (line: string) => void): Promise<ReferenceBinaries> {
  await mkdir(CACHE, { recursive: true });
  const binaries: Partial<Record<Program, string>> = {};
  let checked = false;
  for (const program of Object.keys(LINKER_FLAGS) as Program[]) {
    const output = join(CACHE, program);
    if (!existsSync(output)) {
      if (!checked) await checkGo();
      checked = true;
      note(`building ${program} from its Go modules; this takes minutes at the first time`);
      await build(program);
    }
    binaries[program] = output;
  }
  return binaries as ReferenceBinaries;
}
