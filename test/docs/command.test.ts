import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HELP as START_HELP } from '../../local/start/arguments.ts';
import { commandPage } from '../../scripts/commandPage.ts';
import { buildApp } from '../support/builtApp.ts';
import { fences, pages, prose } from './pages.ts';

let built: Awaited<ReturnType<typeof buildApp>>;
let written: string;

beforeAll(async () => {
  built = await buildApp({});
  written = await commandPage(join(built.directory, 'dist'));
});
afterAll(() => built.remove());

test("docs/command.md is the command's own help (npm run docs writes it)", () => {
  expect(readFileSync('docs/command.md', 'utf8')).toBe(written);
});

/** The help of a command by its name: `dead-letters list`. */
const helpOf = (name: string) =>
  new RegExp(`^## nightshift ${name}$([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(written)?.[1];

/** Every call of the command, in shell blocks and in the prose's code. */
function calls(): { at: string; call: string }[] {
  return pages()
    .filter(({ file }) => file !== 'docs/command.md')
    .flatMap((each) => {
      const blocks = fences(each, 'sh').map(({ line, text }) => ({ at: `${each.file}:${line}`, text }));
      const inline = [...prose(each).matchAll(/`((?:npx )?nightshift [^`]+)`/g)].map(([, text = '']) => ({
        at: each.file,
        text,
      }));
      return [...blocks, ...inline].flatMap(({ at, text }) =>
        [...text.replaceAll('\\\n', ' ').matchAll(/\bnightshift ([a-z-][^\n)"|>]*(?:"[^"]*")?)/g)].map(
          ([, call = '']) => ({
            at,
            call,
          }),
        ),
      );
    });
}

test('every call of the command on the pages names a command and options that exist', () => {
  expect(calls().length).toBeGreaterThan(20);
  for (const { at, call } of calls()) {
    const [first = '', second = '', ...rest] = call.trim().split(/\s+/);
    const isPair = helpOf(`${first} ${second}`) !== undefined;
    const help = first.startsWith('-') ? helpOf('') : helpOf(isPair ? `${first} ${second}` : first);
    const text = first.startsWith('-') ? written : help;
    expect({ at, call, known: text !== undefined }).toEqual({ at, call, known: true });
    for (const option of [first, second, ...rest].filter((word) => /^--?[a-z]/.test(word))) {
      const known = new RegExp(`(^|[\\s,])${option}(?=[\\s,])`, 'm').test(`${text} --help `);
      expect({ at, call, option, known }).toEqual({ at, call, option, known: true });
    }
  }
});

test('every npm script on the pages exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const texts = pages().flatMap((each) => [...fences(each, 'sh').map(({ text }) => text), prose(each)]);
  const run = texts.flatMap((text) =>
    [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name),
  );
  expect(run.length).toBeGreaterThan(2);
  expect(run.filter((name) => !(name in scripts))).toEqual([]);
  const plain = texts.flatMap((text) => [...text.matchAll(/^npm ([a-z]+)/gm)].map(([, name = '']) => name));
  expect(plain.filter((name) => !['ci', 'cit', 'run'].includes(name) && !(name in scripts))).toEqual([]);
  for (const [, option = ''] of texts.join('\n').matchAll(/npm start -- (--\w+)/g)) {
    expect(START_HELP).toContain(option);
  }
});
