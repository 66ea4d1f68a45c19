/** One client of one member during a failure, whatever is spoken with it. */

/** How an attempt ended. "refused" is definite; of an "unknown" write nobody knows whether it is there. */
export type Outcome = "ok" | "refused" | "unknown" | "timed out" | `http ${number}` | `grpc ${number}`;

/** What a watch tells. */
export interface WatchEvents {
  opened(): void;
  /** A created object, and where to go on from after it. */
  created(name: string, next: string): void;
  /** The place to go on from is no longer held. */
  expired(): void;
}

/** Writes, linearizable reads and watches at one member. */
export interface ProbeClient {
  /** Creates an object that no other attempt creates. */
  write(name: string): Promise<Outcome>;
  read(): Promise<Outcome>;
  /** Where a watch would begin now. */
  position(): Promise<string>;
  /** Watches from a position; resolves when the watch is over, at the latest when `signal` says so. */
  watch(from: string, events: WatchEvents, signal: AbortSignal): Promise<void>;
  /** All names that the member knows, by a linearizable read. */
  names(): Promise<Set<string>>;
  close(): void;
}

/** Longer than any fault's effect on a client that has another member to turn to. */
export const ATTEMPT_TIMEOUT_MS = 5_000;

/** What an error without an answer means for the attempt. */
export function outcomeOf(error: unknown, startedMs: number): Outcome {
  const text = String((error as NodeJS.ErrnoException).code ?? (error as Error).message);
  if (text.includes("ECONNREFUSED")) return "refused";
  return performance.now() - startedMs >= ATTEMPT_TIMEOUT_MS ? "timed out" : "unknown";
}
