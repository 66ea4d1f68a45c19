/**
 * The client process. It is a process of its own so that its CPU time is never counted as the server's.
 */
import { serveJobs } from "./serve-jobs.ts";

process.once("disconnect", () => process.exit(0));
serveJobs();
