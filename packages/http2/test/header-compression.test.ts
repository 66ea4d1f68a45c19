import test from "ava";
import { CompressionError, decodeHuffman, HeaderBlock, HpackDecoder } from "../src/index.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

test("coded strings of RFC 7541, appendix C are read, and what is no code is refused", (t) => {
  const text = (hex: string) => decodeHuffman(bytes(hex), 0, bytes(hex).length);
  t.is(text("f1e3 c2e5 f23a 6ba0 ab90 f4ff"), "www.example.com");
  t.is(text("d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff"), "Mon, 21 Oct 2013 20:13:21 GMT");
  t.is(text("ae c3771a4b"), "private");
  t.is(text("ff"), undefined, "padding of a whole byte");
  t.is(text("00"), undefined, "padding of zeros");
});

test("header blocks of RFC 7541, appendix C.4 and C.6 are read with their dynamic table", (t) => {
  const requests = new HpackDecoder(64 * 1024);
  const [method, scheme] = [
    [":method", "GET"],
    [":scheme", "http"],
  ];
  const authority = [":authority", "www.example.com"];
  t.deepEqual(requests.decode(bytes("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff")), [
    method,
    scheme,
    [":path", "/"],
    authority,
  ] as never);
  t.deepEqual(requests.decode(bytes("8286 84be 5886 a8eb 1064 9cbf")), [
    method,
    scheme,
    [":path", "/"],
    authority,
    ["cache-control", "no-cache"],
  ] as never);
  t.deepEqual(requests.decode(bytes("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf")).at(-1), [
    "custom-key",
    "custom-value",
  ] as never);
  for (const broken of ["ff", "80", "be", "40", "4001", "3fffffff0f", "408088"]) {
    t.throws(
      () => new HpackDecoder(64 * 1024).decode(bytes(broken)),
      { instanceOf: CompressionError },
      broken,
    );
  }
});

test("what a header block writes is read as it was, whatever its length", (t) => {
  const block = new HeaderBlock();
  const fields: [string, string][] = [
    ["content-type", "application/json"],
    ["x-of-no-table", ""],
    ["x-long", "y".repeat(70_000)],
    ["x-just-below", "z".repeat(126)],
    ["x-just-at", "z".repeat(127)],
    ["x-latin", "caf\u00e9"],
  ];
  for (const status of [200, 404, 418]) {
    block.begin(status);
    for (const [name, value] of fields) block.field(name, value);
    t.deepEqual(new HpackDecoder(100_000).decode(block.copy()), [[":status", String(status)], ...fields]);
  }
  t.deepEqual(new HpackDecoder(1_000).decode(block.clear().field("grpc-status", "0").view), [
    ["grpc-status", "0"],
  ]);
});

test("headers that are too large or hold what ends a header elsewhere are no request", (t) => {
  const large = new HeaderBlock().begin(200).field("x", "y".repeat(100)).copy();
  t.throws(() => new HpackDecoder(120).decode(large), { name: "ConnectionError", message: /too large/ });
  for (const value of ["a\r\nb", "a\0"]) {
    const broken = new HeaderBlock().begin(200).field("x", value).copy();
    t.throws(() => new HpackDecoder(1_000).decode(broken), { name: "ConnectionError", message: /character/ });
  }
});
