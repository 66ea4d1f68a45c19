/** CRC-32C (Castagnoli), which etcd's hashes are made of. */

const TABLE = makeTable();
/** The register before the first byte. */
export const CRC32C_START = -1;

/** The register after `bytes`; the checksum is its complement, see `crc32cOf`. */
export function crc32c(register: number, bytes: Uint8Array): number {
  let crc = register;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return crc;
}

/** The checksum that a register stands for. */
export function crc32cOf(register: number): number {
  return ~register >>> 0;
}

function makeTable(): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    table[byte] = crc;
  }
  return table;
}
