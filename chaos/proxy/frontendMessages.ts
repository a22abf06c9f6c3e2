/**
 * Cuts what a client of PostgreSQL sends into messages: the first has a length and no type, the others a type of one
 * byte before their length (https://www.postgresql.org/docs/current/protocol-overview.html). After TLS and password,
 * which the front has dealt with, that holds for all of a session.
 */
export class FrontendMessages {
  #rest: Buffer = Buffer.alloc(0);
  #started = false;

  /** The messages that are complete now; what follows them is kept for the next call. */
  *read(bytes: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const typeBytes = this.#started ? 1 : 0;
      if (this.#rest.length < typeBytes + 4) return;
      const length = typeBytes + this.#rest.readInt32BE(typeBytes);
      if (this.#rest.length < length) return;
      const message = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      this.#started = true;
      yield message;
    }
  }
}
