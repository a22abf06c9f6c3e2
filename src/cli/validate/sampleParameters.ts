import type { Job, ParameterType } from '../../lib/jobs/job.ts';
import { resolveParameters } from '../../lib/jobs/parameters.ts';
import type { JsonValue } from '../../lib/json.ts';

const SAMPLES: Readonly<Record<ParameterType, JsonValue>> = {
  text: 'x',
  integer: 1,
  number: 1,
  boolean: true,
  date: '2026-01-01',
  timestamp: '2026-01-01T00:00:00Z',
  uuid: '00000000-0000-0000-0000-000000000000',
  json: {},
};

/** Values that a run could have: the defaults, and something of its type for what must be given. */
export function sampleParameters(job: Job, nowMs: number): Readonly<Record<string, string | null>> {
  const missing = Object.entries(job.parameters).filter(([, spec]) => spec.default === undefined);
  const given = Object.fromEntries(missing.map(([name, { type }]) => [name, SAMPLES[type]]));
  const resolved = resolveParameters(job, given, nowMs);
  if (resolved.ok) return resolved.values;
  throw new Error(`The samples of ${job.name} do not fit: ${JSON.stringify(resolved.problems)}`);
}
