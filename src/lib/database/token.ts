import { TokenError } from './tokenError.ts';

/** Tokens for one identity and one scope. Share it: what it saves, it saves for everyone who shares it. */
export interface TokenSource {
  /**
   * A token that is valid now: at once if there is one in hand, however the endpoint does.
   * @throws TokenError if there is none and none can be had.
   */
  token(): Promise<AccessToken>;
  /**
   * A token in place of one that a server has rejected. The same one comes back if the endpoint has no other.
   * @throws TokenError if none can be had.
   */
  replace(rejected: string): Promise<AccessToken>;
}

export interface AccessToken {
  readonly token: string;
  /** Epoch milliseconds, by the issuer's clock. */
  readonly expiresOnTimestamp: number;
}

export interface Credential {
  getToken(scope: string): Promise<AccessToken | null>;
  /** What a person can do when it fails, in a sentence. */
  readonly advice: string;
}

/** Milliseconds. `monotonic` counts on however the wall clock is set. */
export interface TokenClock {
  now(): number;
  monotonic(): number;
}

export interface TokenSourceOptions {
  readonly credential: Credential;
  readonly scope: string;
  /** How long a caller without a token waits. @default 10,000 */
  readonly requestTimeoutMs?: number;
  readonly clock?: TokenClock;
}

const systemClock: TokenClock = { now: () => Date.now(), monotonic: () => performance.now() };

/** A server must still find it valid when it arrives there. */
const MARGIN_MS = 30_000;
/** The endpoint is asked again no sooner after an answer. */
const SHORTEST_REFRESH_MS = 30_000;
/** A token that is rejected this soon was not rejected for its age: there is no use in asking for another. */
const FRESH_MS = 5_000;
const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 300_000;

interface Held extends AccessToken {
  // All by the monotonic clock.
  readonly receivedAt: number;
  readonly endsAt: number;
  readonly refreshAt: number;
}

/**
 * Holds the last token, and does what @azure/identity leaves out: one request at a time for all callers, a limit on
 * its time, a refresh that nobody waits for, begun at half of the token's life so that its last third is a reserve.
 *
 * The wall clock is read once, when a token arrives; its age is measured by the monotonic clock. If the wall clock is
 * behind, tokens are used too long, a server rejects one and `replace` gets the next; if it is so far ahead that each
 * token seems over on arrival, it is still given to those who waited for it: the server is the judge.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { credential, scope, requestTimeoutMs = 10_000, clock = systemClock } = options;
  let held: Held | null = null;
  let request: Promise<Held> | null = null;
  let failures = 0;
  let noRefreshBefore = 0;

  const keep = (answer: AccessToken | null): Held => {
    if (!answer) throw new Error('the identity answered without a token');
    const receivedAt = clock.monotonic();
    // Without a readable end it is good for those who wait for it, and not kept.
    const life = Math.max(answer.expiresOnTimestamp - clock.now(), 0) || 0;
    failures = 0;
    noRefreshBefore = 0;
    held = {
      ...answer,
      receivedAt,
      endsAt: receivedAt + life - Math.min(MARGIN_MS, life / 10),
      refreshAt: receivedAt + Math.max(life / 2, Math.min(SHORTEST_REFRESH_MS, life)),
    };
    return held;
  };

  const ask = (): Promise<Held> => {
    request ??= withinTime(credential.getToken(scope).then(keep), requestTimeoutMs)
      .catch((reason) => {
        const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** failures++, LONGEST_BACKOFF_MS);
        noRefreshBefore = clock.monotonic() + backoff;
        throw new TokenError(reason, credential.advice);
      })
      .finally(() => {
        request = null;
      });
    return request;
  };

  const valid = () => (held && clock.monotonic() < held.endsAt ? held : null);

  return {
    async token() {
      const current = valid();
      if (!current) return ask();
      const now = clock.monotonic();
      // Nobody waits for it, so nobody is told: the next caller without a valid token is.
      if (now >= current.refreshAt && now >= noRefreshBefore) ask().catch(() => {});
      return current;
    },
    async replace(rejected) {
      const current = valid();
      if (current && current.token !== rejected) return current;
      if (current && clock.monotonic() - current.receivedAt < FRESH_MS) return current;
      return ask();
    },
  };
}

/** Rejects when the time is up; what is late still settles, and a late token is still kept. */
async function withinTime<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the identity did not answer within ${milliseconds / 1000} s`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
