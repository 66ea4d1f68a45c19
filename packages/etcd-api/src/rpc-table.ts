/** All methods with their handlers, codecs and gateway paths: what gRPC and the JSON gateway both run. */
import { type MethodEntry, SERVICES } from "./generated/etcd-messages.ts";
import { type MessageCodec, type MessageName, messageCodec } from "./message-codec.ts";
import type { ServiceHandlers, StreamHandler, UnaryHandler } from "./rpc-call.ts";

/** One method. */
export interface RpcMethod {
  readonly service: string;
  readonly name: string;
  /** "package.Service/Method" */
  readonly fullName: string;
  readonly entry: MethodEntry;
  readonly handler: UnaryHandler | StreamHandler;
  readonly request: MessageCodec<MessageName>;
  readonly response: MessageCodec<MessageName>;
}

/** The methods of the services given, by the services' full names. Throws where a method has no handler. */
export function rpcTable(services: Readonly<Record<string, ServiceHandlers>>): RpcMethod[] {
  const methods: RpcMethod[] = [];
  for (const [service, handlers] of Object.entries(services)) {
    for (const [name, entry] of Object.entries(SERVICES[service] ?? {})) {
      const handler = handlers[name];
      if (!handler) throw new Error(`${service}/${name} has no handler`);
      methods.push({
        service,
        name,
        fullName: `${service}/${name}`,
        entry,
        handler,
        request: messageCodec(entry.request as MessageName) as MessageCodec<MessageName>,
        response: messageCodec(entry.response as MessageName) as MessageCodec<MessageName>,
      });
    }
  }
  return methods;
}
