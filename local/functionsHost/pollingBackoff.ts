/** The real host polls no faster than this (QueuePollingIntervals.cs). */
const MINIMUM_MS = 100;

/**
 * How long to wait before an empty queue is asked again: 100 ms, then doubling increments, each varied by 20 %,
 * until maxPollingInterval; from the start again once a message was found
 * (RandomizedExponentialBackoffStrategy.cs).
 */
export class PollingBackoff {
  readonly #maximumMs: number;
  readonly #random: () => number;
  #exponent = 0;
  #currentMs = 0;

  /** @param random gives numbers from 0 to 1 */
  constructor(maximumMs: number, random: () => number = Math.random) {
    this.#maximumMs = maximumMs;
    this.#random = random;
  }

  /** @returns milliseconds */
  next(foundMessage: boolean): number {
    if (foundMessage) {
      this.#exponent = 1;
      this.#currentMs = MINIMUM_MS;
    } else if (this.#currentMs !== this.#maximumMs) {
      const increment =
        this.#exponent === 0 ? 0 : (0.8 + 0.4 * this.#random()) * 2 ** (this.#exponent - 1) * MINIMUM_MS;
      const interval = MINIMUM_MS + increment;
      if (interval < this.#maximumMs) this.#exponent += 1;
      this.#currentMs = Math.min(interval, this.#maximumMs);
    }
    return this.#currentMs;
  }
}
