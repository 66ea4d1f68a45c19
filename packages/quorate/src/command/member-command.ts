/** `quorate member`: who belongs to the cluster, and changing that while it runs. */
import { setTimeout as delay } from "node:timers/promises";
import { CodedError, hasCode } from "@quorate/base";
import { Command } from "commander";
import { type AdminFlags, openAdmin, withAdminFlags } from "../admin/admin-flags.ts";
import type { AdminMember, ClusterAdmin } from "../admin/cluster-admin.ts";
import { oneOf, urlList } from "./flag-values.ts";
import { renderJson, renderTable } from "./render-table.ts";

interface OutputFlags extends AdminFlags {
  readonly output: string;
}

interface AddFlags extends OutputFlags {
  readonly newPeerUrls: readonly string[];
  readonly voter: boolean;
  readonly promote: boolean;
}

const LOOK_MS = 500;

function print(text: string): void {
  process.stdout.write(text);
}

function say(line: string): void {
  print(`${line}\n`);
}

/** Runs `work` with the cluster of the flags. */
async function within(flags: AdminFlags, work: (admin: ClusterAdmin) => Promise<void>): Promise<void> {
  const admin = await openAdmin(flags);
  try {
    await work(admin);
  } finally {
    admin.close();
  }
}

/** The member of a name or an id in hexadecimal. Throws MEMBER_NOT_FOUND naming those that are there. */
export function findMember(members: readonly AdminMember[], text: string): AdminMember {
  const found =
    members.find(({ name }) => name === text) ??
    members.find(({ id }) => id.toString(16) === text.toLowerCase());
  if (found) return found;
  const known = members.map(({ id, name }) => (name === "" ? id.toString(16) : name)).join(", ");
  throw new CodedError("MEMBER_NOT_FOUND", `no member has the name or id ${text}: there are ${known}`);
}

function shown({ id, name }: AdminMember): string {
  return name === "" ? id.toString(16) : `${name} (${id.toString(16)})`;
}

/** A line for each member. */
export function renderMembers(members: readonly AdminMember[]): string {
  return renderTable([
    ["ID", "NAME", "STATUS", "ROLE", "PEER URLS", "CLIENT URLS"],
    ...members.map(({ id, name, peerUrls, clientUrls, isLearner }) => [
      id.toString(16),
      name || "-",
      name === "" ? "unstarted" : "started",
      isLearner ? "learner" : "voter",
      peerUrls.join(","),
      clientUrls.join(",") || "-",
    ]),
  ]);
}

/** Asks again until the learner has caught up. */
async function promoteWhenReady(admin: ClusterAdmin, member: AdminMember): Promise<void> {
  for (let told = false; ; ) {
    try {
      await admin.promote(member.id);
      return;
    } catch (error) {
      // It may have asked for itself.
      if (hasCode(error, "NOT_A_LEARNER")) return;
      if (!hasCode(error, "LEARNER_NOT_READY") && !hasCode(error, "NOT_ENOUGH_STARTED")) throw error;
    }
    if (!told) say("Waiting until it has started and caught up (Ctrl-C leaves it a learner) ...");
    told = true;
    await delay(LOOK_MS);
  }
}

/** Tells what the one that has come is to be started with, and waits until it votes where that is asked for. */
async function welcome(
  admin: ClusterAdmin,
  [member, name]: readonly [AdminMember, string],
  flags: Omit<AddFlags, "newPeerUrls">,
): Promise<void> {
  if (flags.output === "json") print(renderJson(member));
  else {
    const others = (await admin.members()).filter(({ id }) => id !== member.id);
    const all = [...others, { ...member, name }].filter((one) => one.name !== "");
    const initial = all.flatMap((one) => one.peerUrls.map((url) => `${one.name}=${url}`)).join(",");
    const kind = flags.voter ? "a voter" : "a learner: it votes once it is promoted";
    say(`Member ${member.id.toString(16)} was added as ${kind}. Start it with an empty data directory and:`);
    say("");
    say(`  --name ${name} --initial-cluster-state existing \\`);
    say(`  --initial-cluster ${initial}`);
    say("");
  }
  if (!flags.promote || flags.voter) return;
  await promoteWhenReady(admin, member);
  say(`${name} has caught up and votes now.`);
}

function listCommand(): Command {
  return withAdminFlags(new Command("list").description("list the members"))
    .option("-o, --output <form>", "json or table", oneOf("table", "json"), "table")
    .action((flags: OutputFlags) =>
      within(flags, async (admin) => {
        const members = await admin.members();
        print(flags.output === "json" ? renderJson(members) : renderMembers(members));
      }),
    );
}

function addCommand(): Command {
  return withAdminFlags(new Command("add").description("add a member, as a learner that does not vote yet"))
    .argument("<name>", "the name that it will be started with")
    .requiredOption("--new-peer-urls <urls>", "where it will listen for the others", urlList)
    .option("--voter", "let it vote at once; a majority of the larger cluster must be up then", false)
    .option("--promote", "wait until it has started and caught up, and let it vote", false)
    .option("-o, --output <form>", "json or text", oneOf("text", "json"), "text")
    .action((name: string, flags: AddFlags) =>
      within(flags, async (admin) => {
        const member = await admin.add(flags.newPeerUrls, !flags.voter);
        await welcome(admin, [member, name], flags);
      }),
    );
}

function removeCommand(): Command {
  return withAdminFlags(new Command("remove").description("remove a member; it can't come back under its id"))
    .argument("<member>", "its name or id")
    .action((text: string, flags: AdminFlags) =>
      within(flags, async (admin) => {
        const member = findMember(await admin.members(), text);
        await admin.remove(member.id);
        say(`Member ${shown(member)} was removed.`);
      }),
    );
}

function replaceCommand(): Command {
  return withAdminFlags(
    new Command("replace").description(
      "put a new member in the place of one that is dead or has lost its data",
    ),
  )
    .argument("<member>", "name or id of the one that goes")
    .argument("<name>", "the name that the new one will be started with")
    .option("--new-peer-urls <urls>", "where it will listen (default: as the one that goes)", urlList)
    .option("--voter", "let it vote at once", false)
    .option("--promote", "wait until it has started and caught up, and let it vote", false)
    .option("-o, --output <form>", "json or text", oneOf("text", "json"), "text")
    .action((text: string, name: string, flags: Partial<AddFlags> & AddFlags) =>
      within(flags, async (admin) => {
        const member = findMember(await admin.members(), text);
        const added = await admin.replace(member.id, flags.newPeerUrls ?? member.peerUrls, !flags.voter);
        if (flags.output !== "json") say(`Member ${shown(member)} was removed.`);
        await welcome(admin, [added, name], flags);
      }),
    );
}

function promoteCommand(): Command {
  return withAdminFlags(new Command("promote").description("let a learner that has caught up vote"))
    .argument("<member>", "its name or id")
    .option("--wait", "wait until it has caught up", false)
    .action((text: string, flags: AdminFlags & { readonly wait: boolean }) =>
      within(flags, async (admin) => {
        const member = findMember(await admin.members(), text);
        if (flags.wait) await promoteWhenReady(admin, member);
        else await admin.promote(member.id);
        say(`Member ${shown(member)} votes now.`);
      }),
    );
}

function updateCommand(): Command {
  return withAdminFlags(new Command("update").description("change the peer URLs of a member"))
    .argument("<member>", "its name or id")
    .requiredOption("--new-peer-urls <urls>", "where it listens for the others from now on", urlList)
    .action((text: string, flags: AddFlags) =>
      within(flags, async (admin) => {
        const member = findMember(await admin.members(), text);
        await admin.update(member.id, flags.newPeerUrls);
        say(`Member ${shown(member)} is reached at ${flags.newPeerUrls.join(", ")} now.`);
      }),
    );
}

function moveLeaderCommand(): Command {
  return withAdminFlags(new Command("move-leader").description("hand the leadership over"))
    .argument("<member>", "name or id of the one that is to lead")
    .action((text: string, flags: AdminFlags) =>
      within(flags, async (admin) => {
        const member = findMember(await admin.members(), text);
        await admin.moveLeader(member.id);
        say(`Member ${shown(member)} leads now.`);
      }),
    );
}

/** The command with its verbs. */
export function memberCommand(): Command {
  const command = new Command("member").description("list, add, remove and promote members of the cluster");
  for (const verb of [
    listCommand(),
    addCommand(),
    removeCommand(),
    replaceCommand(),
    promoteCommand(),
    updateCommand(),
    moveLeaderCommand(),
  ])
    command.addCommand(verb);
  return command;
}
