/**
 * What the other end of a message port needs, an entry of its own: whoever only talks to a replica in another
 * thread does not read the replica.
 */
export { MessagePortCarrier } from "./frame-carrier.ts";
export { PortKv } from "./port-kv.ts";
