import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type AccessToken, createTokenSource } from '../../src/lib/database/token.ts';
import { TokenError } from '../../src/lib/database/tokenError.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A source whose clock and endpoint the test holds in its hands. */
function source(options: { requestTimeoutMs?: number } = {}) {
  const clock = { wall: Date.parse('2026-01-01T00:00:00Z'), elapsed: 0 };
  const pending: { resolve(token: AccessToken | null): void; reject(reason: unknown): void }[] = [];
  let asked = 0;
  const tokens = createTokenSource({
    credential: {
      advice: 'Do this.',
      getToken: () => {
        asked += 1;
        const { promise, resolve, reject } = Promise.withResolvers<AccessToken | null>();
        pending.push({ resolve, reject });
        return promise;
      },
    },
    scope: 'scope',
    clock: { now: () => clock.wall, monotonic: () => clock.elapsed },
    ...options,
  });
  return {
    tokens,
    asked: () => asked,
    pass(ms: number) {
      clock.wall += ms;
      clock.elapsed += ms;
    },
    setWallClock(by: number) {
      clock.wall += by;
    },
    async answer(token: string, lifeMs: number) {
      pending.shift()?.resolve({ token, expiresOnTimestamp: clock.wall + lifeMs });
      await turn();
    },
    async answerWith(answer: AccessToken | null) {
      pending.shift()?.resolve(answer);
      await turn();
    },
    async fail(reason: unknown = new Error('no')) {
      pending.shift()?.reject(reason);
      await turn();
    },
    token: async () => (await tokens.token()).token,
    replace: async (rejected: string) => (await tokens.replace(rejected)).token,
  };
}

async function holding(token: string, lifeMs: number) {
  const made = source();
  const first = made.token();
  await made.answer(token, lifeMs);
  await first;
  return made;
}

describe('a token source', () => {
  it('asks once for twenty callers that have none, and not again while it is good', async () => {
    const { asked, answer, token, pass } = source();
    const callers = Array.from({ length: 20 }, token);
    await answer('one', HOUR);
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['one']));
    pass(29 * MINUTE);
    expect(await token()).toBe('one');
    expect(asked()).toBe(1);
  });

  it('refreshes from half of its life on while everybody goes on with the old one', async () => {
    const { asked, answer, token, pass } = await holding('old', HOUR);
    pass(31 * MINUTE);
    expect(await Promise.all([token(), token(), token()])).toEqual(['old', 'old', 'old']);
    expect(asked()).toBe(2);
    await answer('new', HOUR);
    expect(await token()).toBe('new');
    expect(asked()).toBe(2);
  });

  it('uses a valid token however often the endpoint fails, and asks ever more rarely', async () => {
    const { asked, fail, token, pass } = await holding('old', HOUR);
    pass(30 * MINUTE);
    let calls = 0;
    for (; calls < 28 * 60; calls++) {
      expect(await token()).toBe('old');
      await fail();
      pass(1000);
    }
    // 5, 10, 20, 40, 80, 160 s, then every five minutes: far fewer than the calls.
    expect(asked() - 1).toBe(11);
  });

  it('never uses a token after its end, nor just before it', async () => {
    const { fail, token, pass } = await holding('old', HOUR);
    pass(HOUR - 29_000);
    const refused = expect(token()).rejects.toThrow(TokenError);
    await fail();
    await refused;
  });

  it('asks again after the endpoint gave the same token, but not at once', async () => {
    const { asked, answer, token, pass } = await holding('same', HOUR);
    pass(31 * MINUTE);
    await token();
    await answer('same', 29 * MINUTE);
    await token();
    expect(asked()).toBe(2);
    pass(15 * MINUTE);
    await token();
    expect(asked()).toBe(3);
  });

  it('counts the life of a token by the time that passed, whatever happens to the wall clock', async () => {
    const { asked, token, pass, setWallClock } = await holding('old', HOUR);
    setWallClock(3 * HOUR);
    expect(await token()).toBe('old');
    setWallClock(-6 * HOUR);
    pass(20 * MINUTE);
    expect(await token()).toBe('old');
    expect(asked()).toBe(1);
    pass(40 * MINUTE);
    void token().catch(() => {});
    expect(asked()).toBe(2);
  });

  it('gives a token that seems over on arrival to those who waited, as the clock may be ahead', async () => {
    const { asked, answer, token } = source();
    const callers = [token(), token()];
    await answer('brief', -10 * MINUTE);
    expect(await Promise.all(callers)).toEqual(['brief', 'brief']);
    void token().catch(() => {});
    expect(asked()).toBe(2);
  });

  it('does not keep a token without a readable end', async () => {
    const { asked, answerWith, token } = source();
    const caller = token();
    await answerWith({ token: 'endless', expiresOnTimestamp: Number.NaN });
    expect(await caller).toBe('endless');
    void token().catch(() => {});
    expect(asked()).toBe(2);
  });

  it('replaces a rejected token once for all who were rejected', async () => {
    const { asked, answer, replace, token, pass } = await holding('revoked', HOUR);
    pass(10_000);
    const rejected = [replace('revoked'), replace('revoked'), replace('revoked')];
    await answer('good', HOUR);
    expect(await Promise.all(rejected)).toEqual(['good', 'good', 'good']);
    expect(await replace('revoked')).toBe('good');
    expect(await token()).toBe('good');
    expect(asked()).toBe(2);
  });

  it('asks for no other when the token that was rejected has only just come', async () => {
    const { asked, replace } = await holding('fresh', HOUR);
    expect(await replace('fresh')).toBe('fresh');
    expect(asked()).toBe(1);
  });

  it('gives up an identity that does not answer, asks anew for the next caller, and keeps what comes late', async () => {
    const { asked, answer, token } = source({ requestTimeoutMs: 30 });
    await expect(token()).rejects.toThrow(/did not answer within 0.03 s. Do this./);
    await expect(token()).rejects.toThrow(TokenError);
    expect(asked()).toBe(2);
    await answer('late', HOUR);
    expect(await token()).toBe('late');
    expect(asked()).toBe(2);
  });

  it('says why there is no token and what to do', async () => {
    const { answerWith, token } = source();
    const refused = expect(token()).rejects.toThrow(
      'No access token could be had: the identity answered without a token. Do this.',
    );
    await answerWith(null);
    await refused;
  });

  it.each([
    `body: {"access_token":"s3cr3t-and-short","expires_on":1}`,
    'got eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl instead',
    'got eyJhbGciOiJ',
    `header ${'A1b2'.repeat(12)} was bad`,
    'client_secret=s3cr3t-and-short&grant_type=x',
  ])('shows no secret of an error that says %s', async (message) => {
    const { fail, token } = source();
    const caller = token().catch((error: Error) => error);
    await fail(new Error(message));
    const shown = inspect(await caller, { depth: 9 });
    expect(shown).toContain('Do this.');
    expect(shown).not.toMatch(/s3cr3t|eyJ|A1b2A1b2/);
  });
});
