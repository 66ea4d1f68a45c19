/** The log of a member: JSON lines on stdout, by pino. */
import { type Logger, pino } from "pino";

export type { Logger } from "pino";

/** `level` as etcd names it. A log that can't be written (a full disk) is lost, never a reason to end. */
export function openLog(level: string, member: string): Logger {
  const destination = pino.destination({ dest: 1, sync: true });
  destination.on("error", () => {});
  return pino(
    {
      level,
      base: { member },
      messageKey: "msg",
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
