/** Whether a port can be listened on, asked before anything is started that would have to be undone. */
import { createServer } from "node:net";
import { CodedError } from "@quorate/base";

/** Throws PORT_IN_USE (or the system's error) naming the address and `flag`, the way to another port. */
export async function checkPortFree(host: string, port: number, flag: string): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, () => resolve());
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    const message = `port ${port} on ${host} is in use by another process: stop it, or choose another with ${flag}`;
    throw new CodedError("PORT_IN_USE", message, { cause: error });
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
