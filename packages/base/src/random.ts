/**
 * The Random port. `seededRandom` gives the same sequence for the same seed on every platform (xoshiro128**), so that a
 * failing simulation or property test is reproduced by its seed alone.
 */

export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [0, end). `end` must be a positive safe integer. */
  int(end: number): number;
}

class Xoshiro128 implements Random {
  readonly #state: Uint32Array;

  constructor(seed: number) {
    const state = new Uint32Array(4);
    let mix = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      mix = (mix + 0x9e3779b9) >>> 0;
      let z = mix;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      state[i] = (z ^ (z >>> 16)) >>> 0;
    }
    this.#state = state;
  }

  #nextUint32(): number {
    const s = this.#state;
    const s1 = s[1]!;
    const rotated = Math.imul(s1, 5);
    const result = Math.imul((rotated << 7) | (rotated >>> 25), 9) >>> 0;
    const t = s1 << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    const s3 = s[3]!;
    s[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  next(): number {
    return this.#nextUint32() / 0x1_0000_0000;
  }

  int(end: number): number {
    return Math.floor(this.next() * end);
  }
}

/** A deterministic source: equal seeds give equal sequences. */
export function seededRandom(seed: number): Random {
  return new Xoshiro128(seed);
}

/** A source for production use, seeded by the platform. */
export function systemRandom(): Random {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  return seededRandom(seed);
}
