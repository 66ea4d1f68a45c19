/** `quorate status`: who leads and how every member is, as the members themselves say it. */
import { Command } from "commander";

export function statusCommand(): Command {
  return new Command("status")
    .description("say which members answer, and who leads")
    .option("--kubeconfig <file>", "where the members are and who asks", ".quorate/kubeconfig")
    .option("-o, --output <form>", "json or table", "table")
    .action(async ({ kubeconfig, output }: { kubeconfig: string; output: string }) => {
      const { readMemberStates, renderMemberStates } = await import("../cluster/member-states.ts");
      const states = await readMemberStates(kubeconfig);
      process.stdout.write(
        output === "json" ? `${JSON.stringify(states, undefined, 2)}\n` : renderMemberStates(states),
      );
      if (!states.some((state) => state.isReady)) process.exitCode = 1;
    });
}
