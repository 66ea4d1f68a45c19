/**
 * What a member tells the process that started it, over Node's message channel. A member without one is its
 * own master; one with it stops when the channel ends, so that a killed parent leaves nobody behind.
 */

/** From the member, each as it happens. */
export type MemberReport =
  /** It answers requests; `leader` is the name of the member that leads, as far as it knows. */
  | { readonly event: "ready"; readonly leader: string | undefined }
  | { readonly event: "leader"; readonly leader: string | undefined }
  /** It can't run; the process ends after this. */
  | { readonly event: "failed"; readonly code: string; readonly message: string };

/** To the member: stop cleanly. Where there are no signals (Windows), and as good as one where there are. */
export interface StopOrder {
  readonly order: "stop";
  /** All members stop: nobody is there to lead afterwards. */
  readonly isWholeCluster: boolean;
}

/** Whether another process has started this one and listens. */
export function isSupervised(): boolean {
  return process.send !== undefined;
}

/** Reports where somebody listens, says nothing otherwise. Resolves once it is on its way. */
export function reportToParent(report: MemberReport): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send || !process.connected) return resolve();
    process.send(report, undefined, {}, () => resolve());
  });
}
