/**
 * How a running command learns that it should stop: SIGINT, SIGTERM, SIGHUP, an order from the process that
 * started it, or that process's end. A second request forces. A terminal's Ctrl-C may arrive twice within a
 * moment (from the terminal and from npm): that counts once.
 */
import { isSupervised, type StopOrder } from "../member/member-report.ts";

const SAME_REQUEST_MS = 500;

/** Requests to stop, from wherever they come. */
export interface StopSignals {
  /** Resolves with the first request. */
  readonly asked: Promise<string>;
  /** Whether the rest of the cluster was asked to stop as well. */
  readonly isWholeCluster: boolean;
  /** What to do when asked once more. */
  onSecond(force: () => void): void;
  /** Stops listening, so that the process can end. */
  close(): void;
}

/** `ignoreInterrupt`: a member leaves a terminal's Ctrl-C to the process that started it. */
export function untilAskedToStop(options: { readonly ignoreInterrupt?: boolean } = {}): StopSignals {
  let askedAt = 0;
  let force: () => void = () => {};
  let resolveAsked: (why: string) => void = () => {};
  const asked = new Promise<string>((resolve) => {
    resolveAsked = resolve;
  });
  const ask = (why: string): void => {
    const now = performance.now();
    if (askedAt === 0) {
      askedAt = now;
      resolveAsked(why);
    } else if (now - askedAt > SAME_REQUEST_MS) {
      force();
    }
  };
  const onInterrupt = () => {
    if (!options.ignoreInterrupt) ask("SIGINT");
  };
  const onTerminate = () => ask("SIGTERM");
  const onHangUp = () => ask("SIGHUP");
  let isWholeCluster = false;
  const onMessage = (message: StopOrder) => {
    if (message?.order !== "stop") return;
    isWholeCluster ||= message.isWholeCluster;
    ask("an order of the parent process");
  };
  const onDisconnect = () => ask("the end of the parent process");
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate).on("SIGHUP", onHangUp);
  if (isSupervised()) process.on("message", onMessage).on("disconnect", onDisconnect);
  return {
    asked,
    get isWholeCluster() {
      return isWholeCluster;
    },
    onSecond(callback) {
      force = callback;
    },
    close() {
      process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate).off("SIGHUP", onHangUp);
      process.off("message", onMessage).off("disconnect", onDisconnect);
      if (process.connected) process.disconnect();
    },
  };
}
