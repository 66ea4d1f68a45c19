/** Reads protobuf without knowing its messages. */

/** Length-delimited fields by number; strings and messages alike as bytes. Numbers are passed over. */
export function fieldsOf(bytes: Buffer): Map<number, Buffer[]> {
  const fields = new Map<number, Buffer[]>();
  let at = 0;
  const unsigned = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = unsigned();
    if ((tag & 7) === 0) unsigned();
    else if ((tag & 7) === 1) at += 8;
    else {
      const length = unsigned();
      const list = fields.get(tag >> 3) ?? [];
      list.push(bytes.subarray(at, at + length));
      fields.set(tag >> 3, list);
      at += length;
    }
  }
  return fields;
}

/** Into the first field of each number of the path. */
export const first = (bytes: Buffer, ...path: number[]): Buffer =>
  path.reduce((inner, number) => fieldsOf(inner).get(number)![0]!, bytes);
