/**
 * What others need to check service account tokens by themselves: the issuer's discovery document and its
 * public keys.
 */
import type { ServiceAccountTokens } from "@quorate/access";
import type { Endpoint } from "./endpoint-table.ts";

const KEYS_PATH = "/openid/v1/jwks";
/** Others may keep the documents for an hour. */
const CACHING = { "cache-control": "public, max-age=3600" };

/** `address` is host:port under which the keys are found. */
export function openIdEndpoints(tokens: ServiceAccountTokens, address: () => string): Endpoint[] {
  const keys = Buffer.from(JSON.stringify(tokens.keySet()));
  return [
    {
      path: "/.well-known/openid-configuration",
      serve: (exchange) => {
        const document = tokens.discovery(`https://${address()}${KEYS_PATH}`);
        exchange.answer(200, "application/json", Buffer.from(JSON.stringify(document)), CACHING);
      },
    },
    {
      path: KEYS_PATH,
      serve: (exchange) => exchange.answer(200, "application/jwk-set+json", keys, CACHING),
    },
  ];
}
