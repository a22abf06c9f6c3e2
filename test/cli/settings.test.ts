import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { findSettings } from '../../src/cli/settings/environment.ts';
import { readValues } from '../../src/cli/settings/localSettings.ts';
import { temporaryDirectory } from './command.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function project(files: Readonly<Record<string, unknown>>): Promise<string> {
  const directory = await temporaryDirectory();
  cleanUps.push(directory.remove);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(directory.path, name, '..'), { recursive: true });
    await writeFile(join(directory.path, name), JSON.stringify(content));
  }
  return directory.path;
}

const local = (values: object) => ({ 'local.settings.json': { Values: values } });
const stack = (pid: number) => ({
  '.nightshift/stack.json': {
    pid,
    settings: { DATABASE_URL: 'stack' },
    setup: { SETUP_DATABASE_URL: 'admin' },
  },
});

describe('settings come from', () => {
  test('the environment first, then local.settings.json; an empty value counts as absent', async () => {
    const directory = await project(local({ DATABASE_URL: 'file', JOBS_QUEUE: 'file' }));
    const { environment, sources } = await findSettings(
      { DATABASE_URL: 'env', JOBS_QUEUE: ' ' },
      directory,
      null,
    );
    expect(environment).toEqual({ DATABASE_URL: 'env', JOBS_QUEUE: 'file' });
    expect(sources).toEqual(['the environment', 'local.settings.json']);
  });

  test('the embedded stack that runs, if nothing else says where database and storage are', async () => {
    const directory = await project(stack(process.pid));
    const { environment } = await findSettings({ RESULTS_QUEUE: 'mine' }, directory, null);
    expect(environment).toEqual({
      RESULTS_QUEUE: 'mine',
      DATABASE_URL: 'stack',
      SETUP_DATABASE_URL: 'admin',
    });
  });

  test.each([
    ['the environment', { JobsStorage: 'x' }, {}],
    ['an address for setup', { SETUP_DATABASE_URL: 'x' }, {}],
    ['a file', {}, local({ DATABASE_URL_EU: 'x' })],
  ])('no stack, if %s names a place', async (_, env, files) => {
    const directory = await project({ ...files, ...stack(process.pid) });
    const { environment } = await findSettings(env, directory, null);
    expect(environment['DATABASE_URL']).toBeUndefined();
  });

  test('no stack that has ended', async () => {
    const directory = await project(stack(2 ** 22 + 1));
    expect((await findSettings({}, directory, null)).environment).toEqual({});
  });

  test('the file of --settings before anything else', async () => {
    const directory = await project({
      'other.json': { Values: { DATABASE_URL: 'other' } },
      ...local({ A: '1' }),
    });
    const { environment } = await findSettings({ DATABASE_URL: 'env', B: '2' }, directory, 'other.json');
    expect(environment).toEqual({ DATABASE_URL: 'other', B: '2' });
    await expect(findSettings({}, directory, 'none.json')).rejects.toThrow(
      'There is no file none.json (--settings).',
    );
  });
});

describe('a settings file', () => {
  test('may have comments and trailing commas, as Core Tools allow', () => {
    const text =
      '\ufeff{ // a comment\n "Values": { /* one\n more */ "A": "https://x//y", "B": "/* \\" ,} */", }, }';
    expect(readValues('f', text)).toEqual({ A: 'https://x//y', B: '/* " ,} */' });
  });

  test.each([
    ['{ "Values": { "A": "secret" "B" } }', 'f is not JSON: look at line 1, column 29.'],
    ['{\n "Values": {\n  secret }', 'f is not JSON: look at line 3, column 3.'],
    ['', 'f is not JSON: look at its end.'],
    ['[]', 'f must hold an object with the key "Values".'],
    ['{ "values": {} }', 'f has no object "Values".'],
    ['{ "IsEncrypted": true, "Values": {} }', 'f is encrypted.'],
    [
      '{ "Values": { "A": 1, "B": "x", "C": null } }',
      '"Values" must be texts in quotes. These are not: A, C.',
    ],
  ])('%j is told by its place, and no value is shown', (text, message) => {
    const read = () => readValues('f', text);
    expect(read).toThrow(message);
    expect(read).not.toThrow('secret');
  });
});
