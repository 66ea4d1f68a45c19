/** Listening to an AbortSignal without leaving anything behind on one that lives longer than the request. */

const NOTHING = (): void => {};

/** Calls `run` with the reason when the signal fires; the returned function ends that. */
export function onAbort(signal: AbortSignal | undefined, run: (reason: Error) => void): () => void {
  if (!signal) return NOTHING;
  const listener = (): void => run(signal.reason as Error);
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
