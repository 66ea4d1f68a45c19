/** Services: cluster IPs and node ports are taken and given back with the write of the Service itself. */
import type { KindHooks } from "../verbs/write-environment.ts";
import type { ServiceAddresses } from "./service-addresses.ts";
import type { ServicePorts } from "./service-ports.ts";

/** The hooks of a server's Services; `loaded` resolves once the caches they look at are there. */
export function serviceHooks(
  addresses: ServiceAddresses,
  ports: ServicePorts,
  loaded: () => Promise<unknown>,
): KindHooks {
  return {
    async companions(next, current, context) {
      if (context.subresource !== "" && next) return [];
      await loaded();
      return [...addresses.companions(next, current, context), ...ports.companions(next, current)];
    },
  };
}
