import { expect, inject, it } from 'vitest';
import { createIdentity } from '../../src/lib/database/identity.ts';

const STORAGE = 'https://storage.azure.com/.default';

it('keeps one source for each identity and scope, and gives an SDK client tokens of the same', async () => {
  // msal reads the process's own environment.
  Object.assign(process.env, inject('parts').identity.appService);
  const identity = createIdentity(process.env, 'public');
  const own = identity.tokens(null, STORAGE);
  expect(identity.tokens(null, STORAGE)).toBe(own);
  expect(identity.tokens(null, 'another')).not.toBe(own);
  expect(identity.tokens('11111111-2222-3333-4444-555555555555', STORAGE)).not.toBe(own);
  const { token } = await own.token();
  expect((await identity.credential(null).getToken([STORAGE])).token).toBe(token);
});
