export { H2_ERROR } from "./frame.ts";
export * from "./h2-connection.ts";
export * from "./h2-stream.ts";
export * from "./header-block.ts";
export { CompressionError, type HeaderField, HpackDecoder } from "./hpack-decoder.ts";
export { decodeHuffman } from "./huffman.ts";
