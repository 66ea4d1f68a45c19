/** Where the data of log entries lies: it stays until the log is trimmed, in the order in which it came. */
import { BytePool } from "@quorate/base";

/** One for all replicas of a thread; nothing that lives otherwise belongs here. */
export const entryPool = new BytePool();
