import { expect, test } from 'vitest';
import type { z } from 'zod';
import { compileJob } from '../../src/lib/jobs/compileJob.ts';
import { FRONT_MATTER_KEYS } from '../../src/lib/jobs/frontMatterSchema.ts';
import { PARAMETER_TYPES } from '../../src/lib/jobs/job.ts';
import {
  ALARMS,
  alarmEventSchema,
  QUERY_OUTCOMES,
  queryEventSchema,
  RUN_OUTCOMES,
  runEventSchema,
} from '../../src/lib/messages/event.ts';
import { jobMessageSchema } from '../../src/lib/messages/jobMessage.ts';
import { queryMessageSchema } from '../../src/lib/messages/queryMessage.ts';
import { fences, page, pages, section, tableRows } from './pages.ts';

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  'job-message': jobMessageSchema,
  'query-message': queryMessageSchema,
  'run-event': runEventSchema,
  'query-event': queryEventSchema,
  'alarm-event': alarmEventSchema,
};

/** Pages whose SQL is that of job files; elsewhere it is for an administrator. */
const JOB_PAGES = ['README.md', 'docs/jobs.md', 'docs/scheduling.md'];

const jobExamples = () =>
  pages().flatMap((each) => (JOB_PAGES.includes(each.file) ? fences(each, 'sql') : []));

test('every job of the pages compiles', async () => {
  expect(jobExamples().length).toBeGreaterThan(7);
  for (const { file, line, text } of jobExamples()) {
    const compiled = await compileJob('example', `${file}:${line}`, Buffer.from(text), 29 * 60_000);
    expect({ at: `${file}:${line}`, problems: compiled.ok ? [] : compiled.problems }).toEqual({
      at: `${file}:${line}`,
      problems: [],
    });
  }
});

test('every key of the front matter has its heading in docs/jobs.md, and no other key has', () => {
  const { text } = page('docs/jobs.md');
  const headings = [...text.matchAll(/^### `(\w+)`$/gm)].map(([, key = '']) => key);
  expect(headings.toSorted()).toEqual([...FRONT_MATTER_KEYS].sort());
});

test('docs/jobs.md says the defaults that a job without front matter has', async () => {
  const compiled = await compileJob('plain', 'jobs/plain.sql', Buffer.from('SELECT 1;'), 29 * 60_000);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const { job } = compiled;
  const jobs = page('docs/jobs.md');
  const says = (key: string) => section(jobs, `### \`${key}\``);
  expect(says('timeZone')).toContain(`Default: \`${job.timeZone}\``);
  expect(says('database')).toContain(`Default: \`${job.databases.join(', ')}\``);
  expect(says('timeout')).toContain(`Default: \`${job.timeoutMs / 60_000}m\``);
  expect(says('overlap')).toContain(`Default: \`${job.overlap}\``);
  expect(says('catchUp')).toContain(`Default: \`${job.catchUp.policy}\``);
  expect(says('catchUp')).toContain(
    `limit: ${job.catchUp.limit}, maxAge: ${job.catchUp.maxAgeMs / 86_400_000}d`,
  );
  expect(says('startWithin')).toContain(`Default: \`${job.startWithinMs / 60_000}m\``);
  expect(says('transaction')).toContain(`Default: \`${job.transaction}\``);
  expect(says('isolation')).toContain(`\`${job.isolation}\` (the default)`);
  const { attempts, backoffMs, maxBackoffMs } = job.retry;
  expect(says('retry')).toContain(
    `Default: \`{ attempts: ${attempts}, backoff: ${backoffMs / 1000}s, maxBackoff: ${maxBackoffMs / 60_000}m }\``,
  );
});

test('docs/jobs.md tells each type of a parameter', () => {
  const rows = tableRows(section(page('docs/jobs.md'), '### `parameters`'));
  expect(rows.map(([type]) => type?.replaceAll('`', ''))).toEqual([...PARAMETER_TYPES]);
});

test('every block of JSON is JSON', () => {
  const blocks = pages().flatMap((each) => fences(each, 'json'));
  expect(blocks.length).toBeGreaterThan(7);
  for (const { file, line, text } of blocks) {
    expect(() => JSON.parse(text), `${file}:${line}`).not.toThrow();
  }
});

test('every message and event of docs/messages.md is as its schema has it', () => {
  const shown = new Set<string>();
  for (const { file, line, info, text } of fences(page('docs/messages.md'), 'json')) {
    const kind = info.split(' ')[1] ?? '';
    shown.add(kind);
    const parsed = SCHEMAS[kind]?.safeParse(JSON.parse(text));
    expect({
      at: `${file}:${line}`,
      issues: parsed?.error?.issues ?? [],
      known: parsed !== undefined,
    }).toEqual({
      at: `${file}:${line}`,
      issues: [],
      known: true,
    });
  }
  expect([...shown].sort()).toEqual(Object.keys(SCHEMAS).sort());
});

test('docs/messages.md tells every type of event and every key of a message', () => {
  const messages = page('docs/messages.md');
  const types = tableRows(section(messages, '## What comes out')).map(([type = '']) => type);
  for (const outcome of RUN_OUTCOMES) expect(types).toContain(`\`nightshift.run.${outcome}\``);
  for (const outcome of QUERY_OUTCOMES) expect(types.join()).toContain(`.${outcome}\``);
  for (const alarm of ALARMS) expect(types).toContain(`\`nightshift.job.${alarm}\``);
  const keysOf = (heading: string) =>
    tableRows(section(messages, heading)).map(([key = '']) => key.replaceAll('`', ''));
  const own = Object.keys(jobMessageSchema.shape).filter((key) => key !== 'nightshift');
  expect(keysOf('### Run a job').toSorted()).toEqual(own.toSorted());
  expect(keysOf('### Run a query').toSorted()).toEqual(Object.keys(queryMessageSchema.shape).toSorted());
});
