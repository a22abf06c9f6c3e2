/** Random numbers that a seed repeats: whatever a run of the harness chooses, it chooses by one of these. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  integer(least: number, most: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<const T>(choices: readonly [T, ...T[]]): T;
  /** Another series, which this one's use does not move: what is added to one part of a plan leaves the others alone. */
  fork(name: string): Random;
}

/** mulberry32: 32 bits of state are plenty for a plan, and it needs no library. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    integer: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (probability) => next() < probability,
    // Never beyond the end, as next() is below 1; the first stands in for what the type cannot know.
    pick: (choices) => choices[Math.floor(next() * choices.length)] ?? choices[0],
    fork: (name) =>
      randomFrom([...name].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), seed)),
  };
}
