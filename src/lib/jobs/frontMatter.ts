import type { z } from 'zod';
import { didYouMean } from '../didYouMean.ts';
import { type FrontMatterBlock, findFrontMatter } from './frontMatterBlock.ts';
import { FRONT_MATTER_KEYS, type FrontMatterValues, frontMatterSchema } from './frontMatterSchema.ts';
import { type FrontMatterYaml, readFrontMatterYaml } from './frontMatterYaml.ts';
import type { Job, ParameterSpec } from './job.ts';
import { parameterText } from './parameterText.ts';
import { lineAndColumn, type Position } from './position.ts';
import type { Finding } from './problem.ts';
import { showValue } from './showValue.ts';

/** What a file says about its job, with the defaults filled in. */
export type FrontMatter = Omit<Job, 'name' | 'file' | 'sql' | 'statements'>;

/** Everything that is wrong comes at once; `frontMatter` is null if any of it is. */
export interface ReadFrontMatter {
  readonly frontMatter: FrontMatter | null;
  readonly findings: readonly Finding[];
}

/**
 * @param sql a whole file, without BOM
 * @param longestTimeoutMs what the Functions host allows
 */
export function readFrontMatter(sql: string, longestTimeoutMs: number): ReadFrontMatter {
  const { block, findings } = findFrontMatter(sql, FRONT_MATTER_KEYS);
  if (block === null) {
    return { frontMatter: findings.length > 0 ? null : withDefaults({}, {}, longestTimeoutMs), findings };
  }
  const read = readBlock(block, longestTimeoutMs);
  const all = [...findings, ...read.findings];
  return { frontMatter: all.length > 0 ? null : read.frontMatter, findings: all };
}

/** Where a value of front matter that can be read stands in its file: line and column. */
export function placeInFrontMatter(sql: string, path: readonly PropertyKey[]): Position {
  const { block } = findFrontMatter(sql, FRONT_MATTER_KEYS);
  const read = block && readFrontMatterYaml(block);
  return lineAndColumn(sql, read?.ok ? read.yaml.valueAt(path) : 0);
}

function readBlock(block: FrontMatterBlock, longestTimeoutMs: number): ReadFrontMatter {
  const read = readFrontMatterYaml(block);
  if (!read.ok) return { frontMatter: null, findings: read.findings };
  const { yaml } = read;
  const parsed = frontMatterSchema.safeParse(yaml.value);
  if (!parsed.success) {
    return { frontMatter: null, findings: parsed.error.issues.flatMap((issue) => describe(issue, yaml)) };
  }
  const { parameters, findings } = readParameters(parsed.data, yaml);
  return {
    frontMatter: withDefaults(parsed.data, parameters, longestTimeoutMs),
    findings: [...findings, ...timeoutBeyondHost(parsed.data, yaml, longestTimeoutMs)],
  };
}

const DAY_MS = 86_400_000;

const KEYS_OF: Readonly<Record<string, readonly string[]>> = {
  '': FRONT_MATTER_KEYS,
  retry: ['attempts', 'backoff', 'maxBackoff'],
  catchUp: ['policy', 'limit', 'maxAge'],
  parameters: ['type', 'default', 'description'],
};

function describe(issue: z.core.$ZodIssue, yaml: FrontMatterYaml): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    const known = KEYS_OF[String(issue.path[0] ?? '')] ?? [];
    return issue.keys.map((key) => ({
      at: yaml.keyAt([...issue.path, key]),
      message: `Unknown key "${key}".${didYouMean(key, known) || ` Known are ${known.join(', ')}.`}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues.map((inner) => inner.message).join('; ');
    return [
      { at: yaml.keyAt(issue.path), message: `parameters: "${String(issue.path.at(-1))}" ${message}.` },
    ];
  }
  const value = valueIn(yaml.value, issue.path);
  // Our own checks write whole sentences.
  const got = issue.code === 'custom' ? '' : `, got ${showValue(value)}.`;
  const path = issue.path.filter((step) => typeof step === 'string').join('.');
  return [{ at: yaml.valueAt(issue.path), message: `${path || 'front matter'}: ${issue.message}${got}` }];
}

/** The defaults as PostgreSQL's text. Only now is the zone known on whose clocks a timestamp may not exist. */
function readParameters({ parameters = {}, timeZone = 'UTC' }: FrontMatterValues, yaml: FrontMatterYaml) {
  const findings: Finding[] = [];
  const specs = Object.entries(parameters).map(([name, { type, description = null, default: given }]) => {
    if (given === undefined) return [name, { type, description }] as const;
    const text = parameterText(type, given, { timeZone, anchorMs: null });
    if (text.ok) return [name, { type, description, default: text.value }] as const;
    const path = ['parameters', name, 'default'];
    findings.push({ at: yaml.valueAt(path), message: `${path.join('.')}: ${text.message}` });
    return [name, { type, description }] as const;
  });
  return { parameters: Object.fromEntries<ParameterSpec>(specs), findings };
}

function timeoutBeyondHost(
  { timeout = 0 }: FrontMatterValues,
  yaml: FrontMatterYaml,
  longestMs: number,
): Finding[] {
  if (timeout <= longestMs) return [];
  const message =
    `timeout: expected at most ${longestMs / 1000}s, a minute less than the functionTimeout in host.json, ` +
    'at which the Functions host ends the worker with every run in it.';
  return [{ at: yaml.valueAt(['timeout']), message }];
}

function withDefaults(
  values: FrontMatterValues,
  parameters: Record<string, ParameterSpec>,
  longestTimeoutMs: number,
): FrontMatter {
  return {
    description: values.description ?? null,
    schedules: values.schedule ?? (values.every === undefined ? [] : [`@every ${values.every}`]),
    timeZone: values.timeZone ?? 'UTC',
    databases: values.database ?? ['main'],
    catchUp: {
      policy: values.catchUp?.policy ?? 'latest',
      limit: values.catchUp?.limit ?? 100,
      maxAgeMs: values.catchUp?.maxAge ?? 7 * DAY_MS,
    },
    after: values.after ?? [],
    expectEveryMs: values.expectEvery ?? null,
    startWithinMs: values.startWithin ?? 15 * 60_000,
    timeoutMs: values.timeout ?? Math.min(600_000, longestTimeoutMs),
    transaction: values.transaction ?? true,
    overlap: values.overlap ?? 'skip',
    isolation: values.isolation ?? 'read committed',
    role: values.role ?? null,
    retry: {
      attempts: values.retry?.attempts ?? 5,
      backoffMs: values.retry?.backoff ?? 30_000,
      maxBackoffMs: values.retry?.maxBackoff ?? 600_000,
    },
    parameters,
  };
}

function valueIn(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, step) => {
    // A short form, such as one cron expression for a list of one, stands for what the path leads into.
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.hasOwn(inner, step) ? Reflect.get(inner, step) : undefined;
  }, value);
}
