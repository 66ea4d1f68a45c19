/** The Status that a call was refused with. */
import { type Status, StatusError } from "@quorate/object";
import type { ExecutionContext } from "ava";

export async function refusal(t: ExecutionContext, call: Promise<unknown>): Promise<Status> {
  const error = await t.throwsAsync(call, { instanceOf: StatusError });
  return error.status;
}
