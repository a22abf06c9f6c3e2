import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../src/lib/database/databaseUrl.ts';

const target = (url: string) => {
  const result = parseDatabaseUrl('DATABASE_URL', url);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.target;
};
const problems = (url: string) => {
  const result = parseDatabaseUrl('DATABASE_URL', url);
  return result.ok ? [] : result.problems;
};

describe('a database address', () => {
  it('without a password asks for a token, over verified TLS, on port 5432', () => {
    const read = target('postgresql://my-app@my-server.postgres.database.azure.com/shop');
    expect({ ...read, password: read.password }).toEqual({
      setting: 'DATABASE_URL',
      host: 'my-server.postgres.database.azure.com',
      port: 5432,
      database: 'shop',
      user: 'my-app',
      password: null,
      tls: 'verify-full',
      rootCertificate: null,
      applicationName: 'nightshift',
    });
  });

  it.each([
    ['postgres://u:p@h:6000/d', { host: 'h', port: 6000, user: 'u', password: 'p', database: 'd' }],
    ['postgres://u%40srv:p%40%2F%3A@h/d%20b', { user: 'u@srv', password: 'p@/:', database: 'd b' }],
    ['postgres://u:a:b@c@h/d', { user: 'u', password: 'a:b@c', host: 'h' }],
    ['postgres://u:p@[::1]:6000/d', { host: '::1', port: 6000 }],
    ['  postgres://u@h/d\n', { database: 'd' }],
    ['postgres://u@/d?host=%2Frun%2Fpg&port=55', { host: '/run/pg', port: 55, tls: 'off' }],
    ['postgres://u@/d?host=/run/pg', { host: '/run/pg', port: 5432 }],
    ['postgres://u@%2Frun%2Fpg/d', { host: '/run/pg', tls: 'off' }],
    ['postgres://u:p@h/d?sslmode=disable', { tls: 'off' }],
    ['postgres://u@localhost/d?sslmode=disable', { tls: 'off', password: null }],
    ['postgres://u@h/d?sslmode=require', { tls: 'require' }],
    [
      'postgres://u@h/d?sslmode=verify-ca&sslrootcert=/ca.pem',
      { tls: 'verify-ca', rootCertificate: '/ca.pem' },
    ],
    ['postgres://u@h/d?sslrootcert=system', { tls: 'verify-full', rootCertificate: null }],
    ['postgres://u@h/d?application_name=night%20shift', { applicationName: 'night shift' }],
    ['postgres://u@bücher.example/d', { host: 'bücher.example' }],
  ])('%s is understood', (url, expected) => {
    expect(target(url)).toMatchObject(expected);
  });

  it.each([
    ['', /^is not an address of the form postgresql:/],
    ['mysql://u@h/d', /^is not an address/],
    ['Server=h;Database=d;User Id=u', /^is not an address/],
    ['postgres://h/d', /names no user/],
    ['postgres://u@/d', /names no host/],
    ['postgres://u@h', /names no database/],
    ['postgres://u@h/', /names no database/],
    ['postgres://u:@h/d', /colon but no password/],
    ['postgres://u@h1,h2/d', /more than one host/],
    ['postgres://u@h:0/d', /port that is not a number from 1/],
    ['postgres://u@h:65536/d', /port that is not a number from 1/],
    ['postgres://u@h:/d', /port that is not/],
    ['postgres://u%zz@h/d', /user with a broken %xx/],
    ['postgres://u:%00@h/d', /password with a broken %xx/],
    ['postgres://u@h/d?sslmod=require', /number 1 behind the \?\)\. Did you mean "sslmode"\?/],
    ['postgres://u@h/d?sslmode=verify-full&sslmode=verify-full', /has sslmode twice/],
    ['postgres://u@h/d?sslmode=', /sslmode without a value/],
    ['postgres://u@h/d?sslmode=prefer', /sslmode=prefer, which goes on unencrypted/],
    ['postgres://u@h/d?sslmode=no-verify', /not one of disable, require, verify-ca, verify-full/],
    ['postgres://u@h/d?sslmode=disable', /token would travel unencrypted/],
    ['postgres://u@h/d?sslmode=require&sslrootcert=/ca', /sslrootcert that its sslmode does not look at/],
    ['postgres://u@/d?host=/s&sslmode=verify-full', /TLS on a Unix socket/],
    ['postgres://u:pa/ss@h/d', /%2F/],
    ['postgres://u:pa?ss@h/d', /must be %-encoded/],
    ['postgres://u:pa#ss@h/d', /%23/],
  ])('%s is refused', (url, expected) => {
    expect(problems(url).join('\n')).toMatch(expected);
  });

  it('tells every problem at once', () => {
    expect(problems('postgres://h:x/?sslmode=allow')).toHaveLength(4);
  });

  it('never shows what a wrong value says, whatever characters a password has', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, unit: 'grapheme' }), (noise) => {
        const secret = `Zq${noise}9X`;
        for (const url of [`postgres://u:${secret}@h:no/d`, `postgres://u@h/d?${secret}=1`, secret]) {
          const told = problems(url).join('\n');
          expect(told).not.toBe('');
          expect(told).not.toContain(secret);
          expect(told).not.toContain('Zq');
        }
      }),
    );
  });

  it('does not show its password when a target is printed or serialised', () => {
    const read = target('postgres://u:hidden-word@h/d');
    expect(read.password).toBe('hidden-word');
    expect(inspect(read, { depth: 9 }) + JSON.stringify(read)).not.toContain('hidden-word');
  });
});
