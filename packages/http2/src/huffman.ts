/**
 * The code of HPACK's strings (RFC 7541, appendix B). It is canonical, so the symbols of each length in
 * order say it all. Decoding goes a byte at a time through a table of states, one state for each inner node
 * of the code's tree.
 */

/** Symbols by the bits of their codes, in the order of the codes. */
const SYMBOLS: Readonly<Record<number, readonly number[]>> = {
  5: [48, 49, 50, 97, 99, 101, 105, 111, 115, 116],
  6: [
    32, 37, 45, 46, 47, 51, 52, 53, 54, 55, 56, 57, 61, 65, 95, 98, 100, 102, 103, 104, 108, 109, 110, 112,
    114, 117,
  ],
  7: [
    58, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 89, 106, 107,
    113, 118, 119, 120, 121, 122,
  ],
  8: [38, 42, 44, 59, 88, 90],
  10: [33, 34, 40, 41, 63],
  11: [39, 43, 124],
  12: [35, 62],
  13: [0, 36, 64, 91, 93, 126],
  14: [94, 125],
  15: [60, 96, 123],
  19: [92, 195, 208],
  20: [128, 130, 131, 162, 184, 194, 224, 226],
  21: [153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230],
  22: [
    129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190,
    196, 198, 228, 232, 233,
  ],
  23: [
    1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175,
    180, 182, 183, 188, 191, 197, 231, 239,
  ],
  24: [9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237],
  25: [199, 207, 234, 235],
  26: [192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255],
  27: [203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254],
  28: [
    2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220,
    249,
  ],
  30: [10, 13, 22],
};

/** The end of a string is padded with this many ones at most. */
const PADDING_BITS_MAX = 7;

interface Node {
  readonly id: number;
  /** Of the bits 0 and 1: a node within, or a symbol. */
  readonly next: [Node | number | undefined, Node | number | undefined];
  /** Whether only ones lead here, and not too many: then a string may end here. */
  readonly isPadding: boolean;
}

function buildTree(): Node[] {
  const nodes: Node[] = [];
  const add = (isPadding: boolean): Node => {
    const node: Node = { id: nodes.length, next: [undefined, undefined], isPadding };
    nodes.push(node);
    return node;
  };
  const root = add(true);
  let code = 0;
  let length = 0;
  for (const [bits, symbols] of Object.entries(SYMBOLS)) {
    code <<= Number(bits) - length;
    length = Number(bits);
    for (const symbol of symbols) insert(root, code++, length, symbol, add);
  }
  return nodes;
}

function insert(
  root: Node,
  code: number,
  length: number,
  symbol: number,
  add: (isPadding: boolean) => Node,
): void {
  let node = root;
  let ones = 0;
  for (let bit = length - 1; bit > 0; bit--) {
    const side = ((code >> bit) & 1) as 0 | 1;
    ones = side === 1 && node.isPadding ? ones + 1 : 0;
    node.next[side] ??= add(ones > 0 && ones <= PADDING_BITS_MAX);
    node = node.next[side] as Node;
  }
  node.next[(code & 1) as 0 | 1] = symbol;
}

const FAILED = 0xffff;

/**
 * For a state and a byte: the state after it, and up to two symbols that ended within the byte (codes have
 * five bits or more), each 256 where there is none.
 */
interface Tables {
  readonly next: Uint16Array;
  readonly first: Uint16Array;
  readonly second: Uint16Array;
  readonly mayEnd: readonly boolean[];
}

function buildTables(): Tables {
  const nodes = buildTree();
  const [next, first, second] = [0, 0, 0].map(() => new Uint16Array(nodes.length * 256).fill(256)) as [
    Uint16Array,
    Uint16Array,
    Uint16Array,
  ];
  for (const node of nodes) {
    for (let byte = 0; byte < 256; byte++) {
      const at = node.id * 256 + byte;
      let state: Node | undefined = node;
      for (let bit = 7; bit >= 0 && state; bit--) {
        const reached: Node | number | undefined = state.next[((byte >> bit) & 1) as 0 | 1];
        if (typeof reached !== "number") state = reached;
        else {
          if (first[at] === 256) first[at] = reached;
          else second[at] = reached;
          state = nodes[0];
        }
      }
      next[at] = state ? state.id : FAILED;
    }
  }
  return { next, first, second, mayEnd: nodes.map((node) => node.isPadding) };
}

let tables: Tables | undefined;
let scratch = Buffer.allocUnsafe(1024);

/** The text (latin1) of coded bytes; undefined where they are no code. */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string | undefined {
  tables ??= buildTables();
  const { next, first, second, mayEnd } = tables;
  // No code is shorter than five bits.
  if (scratch.length < (end - start) * 2) scratch = Buffer.allocUnsafe((end - start) * 2);
  const out = scratch;
  let length = 0;
  let state = 0;
  for (let at = start; at < end; at++) {
    const index = (state << 8) | bytes[at]!;
    state = next[index]!;
    if (state === FAILED) return undefined;
    if (first[index]! < 256) out[length++] = first[index]!;
    if (second[index]! < 256) out[length++] = second[index]!;
  }
  return mayEnd[state] ? out.toString("latin1", 0, length) : undefined;
}
