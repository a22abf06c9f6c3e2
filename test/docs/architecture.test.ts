import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fences, page, section, tableRows } from './pages.ts';

const architecture = page('docs/architecture.md');
const functions = readdirSync('src/lib/ledger/migrations')
  .map((file) => readFileSync(`src/lib/ledger/migrations/${file}`, 'utf8'))
  .join('\n');

/** Two spaces of indent are one folder down; a name with a dot and without a folder is a file of the one above. */
function treePaths(text: string): string[] {
  let folder = '';
  return text.split('\n').flatMap((line) => {
    const names = /^ *(?:[\w.]+\/?(?:\w+\/)*(?: {2}(?=\S))?)+/.exec(line)?.[0].trim().split(/ {2}/) ?? [];
    if (line.startsWith('  ')) return names.map((name) => `${folder}${name}`);
    folder = names[0]?.endsWith('/') ? names[0] : '';
    return names;
  });
}

test('the glance at the tree shows what is there', () => {
  const [tree] = fences(architecture, 'text');
  const paths = treePaths(tree?.text ?? '').filter((path) => path !== '');
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test('the glance at the tree leaves out no folder of src/lib, and no function', () => {
  const [tree] = fences(architecture, 'text');
  const paths = treePaths(tree?.text ?? '');
  const folders = readdirSync('src/lib', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => `src/lib/${name}/`).filter((path) => !paths.includes(path))).toEqual([]);
});

test("the table of the claim's decisions has those that the ledger's function makes", () => {
  const list = /decision +text, +-- ([a-z |]+)/.exec(functions)?.[1]?.split(' | ') ?? [];
  const told = tableRows(section(architecture, '### Step 1: claim')).map(([name = '']) =>
    name.replaceAll('`', ''),
  );
  expect(told.toSorted()).toEqual(list.map((name) => name.trim()).toSorted());
});

test('the state diagram has the states of the ledger, and arrows that are its functions', () => {
  const [diagram] = fences(
    { file: 'docs/architecture.md', text: section(architecture, '## A run') },
    'mermaid',
  ).filter(({ text }) => text.startsWith('stateDiagram'));
  const states =
    /state +text +NOT NULL CHECK \(state IN\s+\(([^)]+)\)/.exec(functions)?.[1]?.match(/\w+/g) ?? [];
  const shown = new Set(
    [...(diagram?.text ?? '').matchAll(/(\w+) --> (\w+)/g)].flatMap(([, from = '', to = '']) => [from, to]),
  );
  // A rejected message never becomes a row.
  expect([...shown].sort()).toEqual(states.filter((state) => state !== 'rejected').sort());
  const named = [...(diagram?.text ?? '').matchAll(/: (\w+_\w+)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !functions.includes(`FUNCTION nightshift.${name}(`))).toEqual([]);
});
