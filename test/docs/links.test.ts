import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { page, pages, prose } from './pages.ts';

const linksOf = (text: string) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

/** As GitHub makes them: lower case, punctuation gone, blanks to dashes, and a number for the second of a name. */
function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose(page(file)).matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = plain;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${plain}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

test('every relative link leads to a file that exists, and to a heading of it', () => {
  const broken: string[] = [];
  let count = 0;
  for (const { file, text } of pages()) {
    for (const link of linksOf(prose({ file, text })).filter((target) => !/^[a-z]+:/.test(target))) {
      count += 1;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : normalize(join(dirname(file), path));
      if (!existsSync(target)) broken.push(`${file}: ${link} does not exist`);
      else if (anchor !== undefined && !anchorsOf(target).has(anchor)) {
        broken.push(`${file}: ${link} has no such heading`);
      }
    }
  }
  expect(broken).toEqual([]);
  expect(count).toBeGreaterThan(20);
});

test('links to other sites are https', () => {
  for (const { file, text } of pages()) {
    for (const link of linksOf(prose({ file, text })).filter((target) => /^[a-z]+:/.test(target))) {
      expect({ file, link }).toEqual({ file, link: expect.stringMatching(/^https:/) });
    }
  }
});

test('the README leads to every page', () => {
  const readme = readFileSync('README.md', 'utf8');
  const missing = pages().filter(({ file }) => file !== 'README.md' && !readme.includes(`](${file})`));
  expect(missing.map(({ file }) => file)).toEqual([]);
});
