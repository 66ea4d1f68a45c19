/** JSON as the gateway's clients write it: whole numbers beyond 2^53 stay what they are, as text. */
import { GRPC, RpcError } from "./rpc-error.ts";

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const keepDigits: Reviver = (_key, value, { source }) =>
  typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "") ? source : value;

/** Throws INVALID_ARGUMENT for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, keepDigits as never);
  } catch (error) {
    throw new RpcError(GRPC.INVALID_ARGUMENT, `the body is not JSON: ${(error as Error).message}`);
  }
}
