/** All experiments, in the order in which they are run and shown. */
import { coldStart } from "./cold-start.ts";
import type { Experiment } from "./experiment.ts";
import { growth } from "./growth.ts";
import { isolation } from "./isolation.ts";
import { workers } from "./workers.ts";

export { type Experiment, type Finding, isMet, type Lab, SCALES, type Scale } from "./experiment.ts";

/** By name they stand beside the workloads in --only. */
export const experiments: readonly Experiment[] = [coldStart, isolation, growth, workers];
