import type { HeaderField } from "@quorate/http2";
import test from "ava";
import { readHead } from "../src/connection/request-head.ts";

const REQUEST: HeaderField[] = [
  [":method", "GET"],
  [":path", "/api?x=1"],
  [":scheme", "https"],
  [":authority", "member:6443"],
];

test("a head is read as HTTP/1.1's would be", (t) => {
  const head = readHead([
    ...REQUEST,
    ["accept", "application/json"],
    ["accept", "application/yaml"],
    ["cookie", "a=1"],
    ["cookie", "b=2"],
    ["authorization", "Bearer one"],
    ["authorization", "Bearer two"],
    ["content-length", "12"],
    ["__proto__", "x"],
  ]);
  t.is(head?.method, "GET");
  t.is(head?.path, "/api?x=1");
  t.is(head?.contentLength, 12);
  t.deepEqual({ ...head?.headers, ["__proto__"]: undefined } as object, {
    host: "member:6443",
    accept: "application/json, application/yaml",
    cookie: "a=1; b=2",
    authorization: "Bearer one",
    "content-length": "12",
    ["__proto__"]: undefined,
  });
});

test("what is no request is told apart", (t) => {
  const cases: Record<string, HeaderField[]> = {
    "no path": [REQUEST[0]!, REQUEST[2]!],
    "no method": REQUEST.slice(1),
    "no scheme": REQUEST.slice(0, 2),
    "a method twice": [...REQUEST, REQUEST[0]!],
    "a pseudo header of an answer": [...REQUEST, [":status", "200"]],
    "a pseudo header behind others": [["accept", "*/*"], ...REQUEST],
    "a header of HTTP/1.1's connections": [...REQUEST, ["transfer-encoding", "chunked"]],
    "another te than trailers": [...REQUEST, ["te", "gzip"]],
    "two lengths": [...REQUEST, ["content-length", "1"], ["content-length", "2"]],
    "a length that is none": [...REQUEST, ["content-length", "-1"]],
  };
  for (const [what, fields] of Object.entries(cases)) t.is(readHead(fields), undefined, what);
  t.truthy(readHead([...REQUEST, ["te", "trailers"]]));
});
