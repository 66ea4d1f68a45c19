/** A process that connects to a port, sends what its parent says, and tells the parent what comes back. */
import { connect } from "node:net";

const socket = connect(Number(process.argv[2]), "127.0.0.1", () => process.send?.("connected"));
socket.on("data", (bytes) => process.send?.(String(bytes)));
process.on("message", (text: string) => socket.write(text));
process.once("disconnect", () => process.exit(0));
