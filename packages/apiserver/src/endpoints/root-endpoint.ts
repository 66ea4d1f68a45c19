/** `/`: the paths that are served. */
import type { Endpoint } from "./endpoint-table.ts";

/** `paths` gives them anew each time: custom groups come and go. */
export function rootEndpoint(paths: () => string[]): Endpoint {
  return {
    path: "/",
    isHidden: true,
    serve: (exchange) => {
      const body = JSON.stringify({ paths: [...new Set(paths())].sort() }, null, 2);
      exchange.answer(200, "application/json", Buffer.from(body));
    },
  };
}
