import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileJob } from '../../src/lib/jobs/compileJob.ts';

const folder = join(import.meta.dirname, '../../jobs');
const samples = await Promise.all(
  (await readdir(folder)).filter((name) => name.endsWith('.sql')).map((name) => readFile(join(folder, name))),
);

const scrap = fc.constantFrom(
  ...[
    '-- ---\n',
    '--',
    '/*',
    '*/',
    "'",
    '$$',
    '"',
    ';',
    '\r',
    '\0',
    'é',
    '😀',
    ': ',
    '{',
    '[',
    '&a ',
    '*a',
    '\t',
  ],
  ...['- ', '!!x ', '#', '\\', ' COMMIT;', '? ', '|\n', '%', '__proto__: 1\n'],
);

const slip = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat({ max: 20 }),
  scrap,
});

test('a file with any slips in it is compiled, or told what is wrong where', async () => {
  const slips = fc.array(slip, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...samples), slips, async (sample, made) => {
      const bytes = made.reduce((before, { at, removed, scrap: inserted }) => {
        const place = Math.floor(at * before.length);
        return Buffer.concat([
          before.subarray(0, place),
          Buffer.from(inserted),
          before.subarray(place + removed),
        ]);
      }, sample);
      const compiled = await compileJob('a', 'jobs/a.sql', bytes, Number.POSITIVE_INFINITY);
      const lines = bytes.toString().split(/\r\n|\r|\n/);
      for (const { line, column, message } of compiled.ok ? [] : compiled.problems) {
        expect(column).toBeLessThanOrEqual([...(lines[line - 1] ?? '')].length + 1);
        expect(message).toMatch(/^\S.*[.?]$/s);
        expect(message).not.toMatch(/undefined|Invalid input/);
      }
      if (compiled.ok) expect(compiled.job.statements.length).toBeGreaterThan(0);
      else expect(compiled.problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 400 },
  );
});
