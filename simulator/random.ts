import { createHash } from "node:crypto";

/** Chance that follows from a seed alone. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from 0 up to, but not, `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  bytes(size: number): Buffer;
  /** Chance of its own, so that one part drawing more changes nothing for another. */
  fork(name: string): Random;
}

/** @param seed any text; the same text gives the same numbers for ever (sfc32, seeded with SHA-256). */
export function createRandom(seed: string): Random {
  const state = createHash("sha256").update(seed).digest();
  let [a, b, c, counter] = [0, 4, 8, 12].map((offset) => state.readUInt32LE(offset)) as [
    number,
    number,
    number,
    number,
  ];
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) word();
  const below = (limit: number): number => Math.floor((word() / 2 ** 32) * limit);
  return {
    next: () => word() / 2 ** 32,
    below,
    chance: (probability) => word() / 2 ** 32 < probability,
    pick: (list) => list[below(list.length)]!,
    bytes(size) {
      const bytes = Buffer.alloc(size);
      for (let index = 0; index < size; index++) bytes[index] = word() & 0xff;
      return bytes;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

/** A number from 0 up to, but not, `limit`, the same for the same text. */
export function hashBelow(text: string, limit: number): number {
  return createHash("sha256").update(text).digest().readUInt32LE(0) % limit;
}
