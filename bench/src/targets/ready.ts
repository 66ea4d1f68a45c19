/** Whether a server answers /readyz with 200, over a connection of its own. */
import { request } from "node:https";
import type { Credentials } from "../target.ts";

export function isReady(endpoint: string, credentials: Credentials): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(
      `${endpoint}/readyz`,
      { ...credentials, agent: false, timeout: 2_000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(false));
    sent.end();
  });
}
