/** What the head of a gRPC request says. */
import type { HeaderField } from "@quorate/http2";
import type { RpcCall } from "./rpc-call.ts";
import { GRPC, RpcError, rpcErrorOf } from "./rpc-error.ts";

/** Units of grpc-timeout in milliseconds. */
const TIMEOUT_UNITS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** One call. */
export class GrpcCall implements RpcCall {
  method = "";
  readonly path: string;
  readonly httpMethod: string;
  readonly isGrpc: boolean;
  /** How messages are compressed. */
  readonly encoding: string | undefined;
  readonly certificateName: string | undefined;
  readonly #fields: readonly HeaderField[];
  readonly #deadline: number | undefined;
  #controller: AbortController | undefined;
  #isAborted = false;

  constructor(fields: readonly HeaderField[], certificateName: string | undefined) {
    this.#fields = fields;
    this.certificateName = certificateName;
    let [path, httpMethod, type] = ["", "", ""];
    let timeout: string | undefined;
    for (const [name, value] of fields) {
      if (name === ":path") path = value;
      else if (name === ":method") httpMethod = value;
      else if (name === "content-type") type = value;
      else if (name === "grpc-timeout") timeout = value;
      else if (name === "grpc-encoding") this.encoding = value;
    }
    this.path = path;
    this.httpMethod = httpMethod;
    this.isGrpc = httpMethod === "POST" && /^application\/grpc($|[+;])/.test(type);
    const timeoutMs = timeout === undefined ? undefined : parseTimeout(timeout);
    this.#deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
  }

  get timeoutMs(): number | undefined {
    return this.#deadline === undefined ? undefined : Math.max(1, this.#deadline - performance.now());
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  header(name: string): string | undefined {
    for (const field of this.#fields) if (field[0] === name) return field[1];
    return undefined;
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }

  /** What the client is told; beyond its deadline that is what it says itself by then. */
  failureOf(error: unknown): RpcError {
    const failure = rpcErrorOf(error);
    if (this.#deadline === undefined || failure.code !== GRPC.UNAVAILABLE) return failure;
    if (performance.now() < this.#deadline - 1) return failure;
    return new RpcError(GRPC.DEADLINE_EXCEEDED, "context deadline exceeded");
  }
}

/** Milliseconds; undefined for what is no timeout. */
function parseTimeout(text: string): number | undefined {
  const unit = TIMEOUT_UNITS[text.charAt(text.length - 1)];
  const amount = Number(text.slice(0, -1));
  return unit === undefined || !Number.isFinite(amount) ? undefined : amount * unit;
}
