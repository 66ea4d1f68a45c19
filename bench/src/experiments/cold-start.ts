/**
 * How soon a control plane with fresh data is ready, and the memory it takes when idle; each side in turn.
 */
import { usageOf } from "../process-tree.ts";
import { median } from "../statistics.ts";
import type { Side } from "../target.ts";
import { type Experiment, type Finding, type Lab, settled } from "./experiment.ts";

async function startOnce(lab: Lab, side: Side): Promise<{ ready: number; idleBytes: number }> {
  const target = await lab.starter.start({ side, surface: "api", members: 1 });
  try {
    await settled(lab.size);
    return { ready: target.readySeconds, idleBytes: usageOf(target.pids).residentBytes };
  } finally {
    await target.stop();
  }
}

async function run(lab: Lab): Promise<Finding[]> {
  const sides = lab.starter.sidesOf("api");
  const seen = new Map(sides.map((side) => [side, { ready: [] as number[], idleBytes: [] as number[] }]));
  for (let round = 1; round <= lab.rounds; round++) {
    for (const side of round % 2 ? sides : sides.toReversed()) {
      lab.note(`cold start of ${side}`);
      const { ready, idleBytes } = await startOnce(lab, side);
      seen.get(side)!.ready.push(ready);
      seen.get(side)!.idleBytes.push(idleBytes);
    }
  }
  return sides.flatMap((side): Finding[] => {
    const { ready, idleBytes } = seen.get(side)!;
    const own = { experiment: "cold-start", side };
    return [
      { ...own, name: "ready after a cold start", value: median(ready), unit: "s" },
      { ...own, name: "memory when idle", value: median(idleBytes) / 1e6, unit: "MB" },
    ];
  });
}

/** Cold start and idle memory. */
export const coldStart: Experiment = {
  name: "cold-start",
  title: "cold start and idle memory, one member",
  run,
};
