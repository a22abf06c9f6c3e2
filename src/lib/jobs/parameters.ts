import { didYouMean } from '../didYouMean.ts';
import type { JsonValue } from '../json.ts';
import type { Job } from './job.ts';
import { parameterText } from './parameterText.ts';

export interface ParameterProblem {
  /** Such as `parameters.day`. */
  readonly path: string;
  readonly message: string;
}

export type ResolvedParameters =
  | { readonly ok: true; readonly values: Readonly<Record<string, string | null>> }
  | { readonly ok: false; readonly problems: readonly ParameterProblem[] };

/**
 * The values of a run's parameters in PostgreSQL's text form, null for NULL: what was given, else the defaults.
 *
 * @param given JSON values by name; every problem among them is told at once
 * @param anchorMs the instant that today, yesterday and tomorrow are counted from: scheduledFor, in epoch ms
 */
export function resolveParameters(
  job: Pick<Job, 'parameters' | 'timeZone'>,
  given: Readonly<Record<string, JsonValue>>,
  anchorMs: number,
): ResolvedParameters {
  const problems: ParameterProblem[] = [];
  const known = Object.keys(job.parameters);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(job.parameters, name)) continue;
    const list = known.length === 0 ? ' The job has none.' : ` The job has ${known.join(', ')}.`;
    const message = `The job has no parameter "${name}".${didYouMean(name, known) || list}`;
    problems.push({ path: `parameters.${name}`, message });
  }
  const values = Object.entries(job.parameters).map(([name, spec]): [string, string | null] => {
    const value = Object.hasOwn(given, name) ? given[name] : spec.default;
    if (value === undefined) {
      const message = `Missing: it has no default, so the message must give it (${spec.type}).`;
      problems.push({ path: `parameters.${name}`, message });
      return [name, null];
    }
    const text = parameterText(spec.type, value, { timeZone: job.timeZone, anchorMs });
    if (text.ok) return [name, text.value];
    problems.push({ path: `parameters.${name}`, message: text.message });
    return [name, null];
  });
  // fromEntries defines each name as an own property, whatever it is called.
  return problems.length > 0 ? { ok: false, problems } : { ok: true, values: Object.fromEntries(values) };
}
