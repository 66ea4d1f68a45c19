/**
 * Bodies of random bytes, and good ones with bytes changed, to every method: each is answered, and the
 * surface goes on. FUZZ_BODIES says how many (100,000 for a long run), FUZZ_SEED which.
 */
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { type Random, seededRandom } from "@quorate/base";
import test from "ava";
import { SERVICES } from "../src/generated/etcd-messages.ts";
import { frameMessage } from "../src/grpc-framing.ts";
import { type MessageName, messageCodec, planOf } from "../src/message-codec.ts";
import { b, openSurface } from "./surface.ts";

const BODIES = Number(process.env["FUZZ_BODIES"] ?? 1_500);
const SEED = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const AT_ONCE = 50;
const DEPTH_MAX = 3;

/** A message of the kind with fields as they come. */
function randomMessage(random: Random, name: string, depth = 0): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (const field of planOf(name).fields) {
    if (random.next() < 0.4 || (field.kind === "message" && depth > DEPTH_MAX)) continue;
    const one = () => randomValue(random, field, depth);
    message[field.name] = field.repeated ? Array.from({ length: random.int(3) }, one) : one();
  }
  return message;
}

function randomValue(random: Random, field: { kind: string; type: string }, depth: number): unknown {
  switch (field.kind) {
    case "bool":
      return random.next() < 0.5;
    case "bytes":
      return randomBytes(random, random.int(8));
    case "string":
      return randomBytes(random, random.int(8)).toString("latin1");
    case "int32":
      return random.int(6);
    case "id":
      return BigInt(random.int(4));
    case "message":
      return randomMessage(random, field.type, depth + 1);
    default:
      return random.next() < 0.8 ? random.int(10) : -random.int(2 ** 31);
  }
}

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.int(256)));
}

function randomBody(random: Random, request: string): Buffer {
  if (random.next() < 0.3) return randomBytes(random, random.int(60));
  const body = frameMessage(messageCodec(request as MessageName).encode(randomMessage(random, request)));
  if (random.next() < 0.5) return body;
  for (let changes = 1 + random.int(4); changes > 0; changes--)
    body[random.int(body.length)] = random.int(256);
  return body.subarray(0, random.next() < 0.3 ? random.int(body.length + 1) : body.length);
}

async function send(session: ClientHttp2Session, path: string, body: Buffer): Promise<void> {
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
  stream.on("error", () => {});
  stream.resume();
  stream.end(body);
  // Calls that wait for others (locks, watches) are given up once they have begun.
  const timer = setTimeout(() => stream.close(8), 100);
  if (!stream.closed) await once(stream, "close");
  clearTimeout(timer);
}

test(`no body crashes the surface or goes unanswered (seed ${SEED})`, async (t) => {
  const surface = await openSurface(t);
  const random = seededRandom(SEED);
  const session = connect(surface.url);
  t.teardown(() => session.destroy());
  const methods = Object.entries(SERVICES).flatMap(([service, own]) =>
    Object.entries(own).map(([name, { request }]) => ({ path: `/${service}/${name}`, request })),
  );
  // Auth that comes on by chance would refuse all that follows.
  const wanted = methods.filter(({ path }) => !path.endsWith("/AuthEnable"));
  for (let done = 0; done < BODIES; done += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, () => {
        const { path, request } = wanted[random.int(wanted.length)]!;
        return send(session, path, randomBody(random, request));
      }),
    );
  }
  t.false(session.destroyed);
  // A corrupt alarm may have been raised.
  for (const alarm of [1, 2]) await surface.client.call("Maintenance/Alarm", { action: 2, alarm });
  await surface.client.call("KV/Put", { key: b("after"), value: b("all") });
  t.is((await surface.client.call("KV/Range", { key: b("after") })).count, 1);
});
