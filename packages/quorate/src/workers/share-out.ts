/** The limits of one of several processes that serve the API. */
import { DEFAULT_LIMITS, type Limits } from "@quorate/apiserver";

/** Each worker's part, so that all together let in what was asked for, and none lets in nothing. */
export function shareOut(limits: Partial<Limits> | undefined, count: number): Partial<Limits> {
  const { readingInFlightMax, mutatingInFlightMax } = { ...DEFAULT_LIMITS, ...limits };
  return {
    ...limits,
    readingInFlightMax: Math.ceil(readingInFlightMax / count),
    mutatingInFlightMax: Math.ceil(mutatingInFlightMax / count),
  };
}
