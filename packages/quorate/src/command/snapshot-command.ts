/** `quorate snapshot`: backups of the key space, and clusters made of them. */
import { readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "@quorate/base";
import { Command } from "commander";
import { type AdminFlags, openAdmin, withAdminFlags } from "../admin/admin-flags.ts";
import type { RestoreOptions } from "../backup/restore-backup.ts";
import type { Survivor } from "../backup/survivor.ts";
import { integer, oneOf } from "./flag-values.ts";
import { renderBytes, renderJson, renderTable } from "./render-table.ts";

function print(text: string): void {
  process.stdout.write(text);
}

function say(line: string): void {
  print(`${line}\n`);
}

async function save(file: string, flags: AdminFlags): Promise<void> {
  const admin = await openAdmin(flags);
  try {
    const { writeBackupFile } = await import("../backup/backup-file.ts");
    const bytes = await writeBackupFile(file, admin.backup());
    say(`Saved ${renderBytes(bytes)} to ${file}.`);
  } finally {
    admin.close();
  }
}

function saveCommand(): Command {
  return withAdminFlags(new Command("save").description("save the key space of a running cluster to a file"))
    .argument("<file>", "where to; replaced where it exists")
    .action(save);
}

const SKIP_HASH_CHECK = "take a database that was copied from etcd's data directory, which has no checksum";

interface StatusFlags {
  readonly output: string;
  readonly skipHashCheck?: boolean;
}

function statusCommand(): Command {
  return new Command("status")
    .description("read all of a backup and say what it holds")
    .argument("<file>", "the backup, of quorate or of etcd")
    .option("-o, --output <form>", "json or table", oneOf("table", "json"), "table")
    .option("--skip-hash-check", SKIP_HASH_CHECK)
    .action(async (file: string, { output, skipHashCheck }: StatusFlags) => {
      const { inspectBackup } = await import("../backup/backup-file.ts");
      const summary = await inspectBackup(file, { skipHashCheck });
      if (output === "json") {
        print(renderJson(summary));
        return;
      }
      const { hash, revision, records, keys, bytes, format, version } = summary;
      print(
        renderTable([
          ["HASH", "REVISION", "KEYS", "RECORDS", "SIZE", "FORMAT"],
          [
            ...[hash, revision, keys, records].map(String),
            renderBytes(bytes),
            version ? `${format} ${version}` : format,
          ],
        ]),
      );
    });
}

interface RestoreFlags {
  readonly dataDir?: string;
  readonly name: string;
  readonly initialCluster?: string;
  readonly initialClusterToken: string;
  readonly initialAdvertisePeerUrls: string;
  readonly bumpRevision?: number;
  readonly skipHashCheck?: boolean;
}

/**
 * The members of a local cluster whose directories are to be made anew; none where the folder holds no
 * cluster.
 */
async function localMembers(folder: string): Promise<readonly Pick<RestoreOptions, "dataDir" | "name">[]> {
  const clusterFile = join(folder, "cluster.json");
  if (!(await stat(clusterFile).catch(() => undefined))) return [];
  const { readClusterFile } = await import("../cluster/cluster-file.ts");
  const { layOut } = await import("../cluster/cluster-layout.ts");
  const { members, basePort } = await readClusterFile(clusterFile, {});
  const layout = layOut({ dataDirectory: folder, members, basePort });
  return layout.members.map(({ dataDirectory, name }) => ({ dataDir: dataDirectory, name }));
}

async function localInitialCluster(folder: string): Promise<string> {
  const { readClusterFile } = await import("../cluster/cluster-file.ts");
  const { layOut } = await import("../cluster/cluster-layout.ts");
  const { members, basePort } = await readClusterFile(join(folder, "cluster.json"), {});
  return layOut({ dataDirectory: folder, members, basePort }).initialCluster;
}

/**
 * Moves the directory of a member that is not running out of the way. Throws DIRECTORY_LOCKED where it runs.
 */
async function setAside(path: string): Promise<string | undefined> {
  const names = await readdir(path).catch(() => []);
  if (names.length === 0) return undefined;
  const { DataDirectory } = await import("@quorate/disk");
  await (await DataDirectory.open({ path })).close();
  for (let n = 1; ; n++) {
    const aside = `${path}.before-restore-${n}`;
    if (await stat(aside).catch(() => undefined)) continue;
    await rename(path, aside);
    return aside;
  }
}

async function restoreLocal(file: string, folder: string, flags: RestoreFlags): Promise<void> {
  const { restoreBackup } = await import("../backup/restore-backup.ts");
  const { inspectBackup } = await import("../backup/backup-file.ts");
  const members = await localMembers(folder);
  // Read first: a damaged backup must not cost the directories that are there.
  await inspectBackup(file, flags);
  const initialCluster = await localInitialCluster(folder);
  for (const { dataDir, name } of members) {
    const aside = await setAside(dataDir);
    if (aside) say(`${dataDir} was moved to ${aside}.`);
    const { initialClusterToken, bumpRevision, skipHashCheck } = flags;
    const restored = await restoreBackup({
      file,
      dataDir,
      name,
      initialCluster,
      initialClusterToken,
      bumpRevision,
      skipHashCheck,
    });
    say(`Restored ${name}: it goes on from revision ${restored.revision}.`);
  }
  say(`Start the cluster as before: quorate cluster --data-dir ${folder}`);
}

async function restore(file: string, flags: RestoreFlags): Promise<void> {
  const folder = flags.dataDir ?? ".quorate";
  if ((await localMembers(folder)).length > 0) {
    await restoreLocal(file, folder, flags);
    return;
  }
  if (flags.dataDir === undefined) {
    throw new CodedError("BAD_FLAGS", "--data-dir is needed: the directory of the member to be made");
  }
  const { restoreBackup } = await import("../backup/restore-backup.ts");
  const { name, initialClusterToken, bumpRevision, skipHashCheck } = flags;
  const initialCluster = flags.initialCluster ?? `${name}=${flags.initialAdvertisePeerUrls}`;
  const { dataDir } = flags;
  const restored = await restoreBackup({
    file,
    dataDir,
    name,
    initialCluster,
    initialClusterToken,
    bumpRevision,
    skipHashCheck,
  });
  say(
    `Restored member ${name} (${restored.memberId.toString(16)}) of the new cluster ` +
      `${restored.clusterId.toString(16)} in ${dataDir}: it goes on from revision ${restored.revision}.`,
  );
}

function restoreCommand(): Command {
  return new Command("restore")
    .description(
      "make a new cluster of a backup: of one member, or of all members of a cluster on this machine",
    )
    .argument("<file>", "the backup, of quorate or of etcd")
    .option(
      "--data-dir <folder>",
      "where to: absent or empty, or that of a local cluster (default: .quorate)",
    )
    .option("--name <name>", "the member's name", "default")
    .option("--initial-cluster <members>", "all members, as name=https://host:port,...")
    .option("--initial-cluster-token <text>", "makes the new cluster's identity its own", "etcd-cluster")
    .option("--initial-advertise-peer-urls <urls>", "where the others reach it", "http://localhost:2380")
    .option(
      "--bump-revision <number>",
      "how far the revision moves past the backup's (default: a billion)",
      integer(1),
    )
    .option("--skip-hash-check", SKIP_HASH_CHECK)
    .action(restore);
}

/** What is known and what is not of a cluster whose majority is gone. */
export function describeSurvivors(survivors: readonly Survivor[]): readonly string[] {
  const [best] = survivors;
  if (!best) return [];
  const lines = survivors.map(
    ({ path, name, lastTerm, lastIndex, commitIndex }) =>
      `${path}: member ${name} has entries up to ${lastIndex} (term ${lastTerm}), ` +
      `committed for certain up to ${commitIndex}`,
  );
  const open = best.lastIndex - best.commitIndex;
  return [
    ...lines,
    "",
    `${best.name} has most and is used, with all ${best.lastIndex} entries.`,
    ...(open > 0
      ? [
          `Entries ${best.commitIndex + 1} to ${best.lastIndex} may never have been acknowledged: ` +
            "they will count as written.",
        ]
      : []),
    survivors.length > best.members / 2
      ? `Nothing acknowledged is lost: these are ${survivors.length} of ${best.members} voting members. ` +
        "They could also simply be started."
      : `LOST may be whatever was acknowledged after entry ${best.lastIndex}: only ${survivors.length} of ` +
        `${best.members} voting members are here, and those that are gone may have had more.`,
  ];
}

async function recover(paths: readonly string[], flags: { to: string; yes: boolean }): Promise<void> {
  const { backUpSurvivor, compareSurvivors, inspectSurvivor } = await import("../backup/survivor.ts");
  const survivors: Survivor[] = [];
  for (const path of paths) survivors.push(await inspectSurvivor(path));
  const clusters = new Set(survivors.map(({ clusterId }) => clusterId));
  if (clusters.size > 1) {
    throw new CodedError(
      "DIRECTORY_MISMATCH",
      "the directories belong to different clusters: name those of one",
    );
  }
  survivors.sort(compareSurvivors);
  for (const line of describeSurvivors(survivors)) say(line);
  if (!flags.yes) {
    throw new CodedError("NOT_CONFIRMED", "nothing was done: give --yes where that may be lost");
  }
  const bytes = await backUpSurvivor(survivors[0]!.path, flags.to);
  say(
    `Saved ${renderBytes(bytes)} to ${flags.to}. ` +
      `Make a new cluster of it: quorate snapshot restore ${flags.to}`,
  );
}

function recoverCommand(): Command {
  return new Command("recover")
    .description("save what the survivors of a lost majority hold; says first what may be lost")
    .argument("<dirs...>", "data directories of stopped members of one cluster")
    .requiredOption("--to <file>", "where the backup goes")
    .option("--yes", "do it; without this it only says what may be lost", false)
    .action(recover);
}

/** The command with its verbs. */
export function snapshotCommand(): Command {
  const command = new Command("snapshot").description("back up, restore, and recover from a lost majority");
  for (const verb of [saveCommand(), statusCommand(), restoreCommand(), recoverCommand()]) {
    command.addCommand(verb);
  }
  return command;
}
