import type { Job } from '../../lib/jobs/job.ts';

/**
 * Jobs, what starts each, and the databases that they change, as a Mermaid flowchart
 * (mermaid.js.org/syntax/flowchart.html), which GitHub and most wikis draw.
 */
export function graphText(jobs: readonly Job[], databasesOf: (job: Job) => readonly string[]): string {
  const jobIds = numbered(
    'j',
    jobs.map(({ name }) => name),
  );
  const schedules = numbered(
    's',
    jobs.flatMap((job) => job.schedules.map((text) => scheduleKey(job, text))),
  );
  const databases = numbered(
    'd',
    jobs.flatMap((job) => [...databasesOf(job)]),
  );
  const idOf = (ids: ReadonlyMap<string, string>, key: string) => ids.get(key) ?? '';
  return [
    'flowchart LR',
    ...[...schedules].map(([key, id]) => `  ${id}(["${label(key)}"])`),
    ...[...jobIds].map(([name, id]) => `  ${id}["${label(name)}"]`),
    ...[...databases].map(([name, id]) => `  ${id}[("${label(name)}")]`),
    ...jobs.flatMap((job) => [
      ...job.schedules.map(
        (text) => `  ${idOf(schedules, scheduleKey(job, text))} --> ${idOf(jobIds, job.name)}`,
      ),
      ...job.after
        .filter((parent) => jobIds.has(parent))
        .map((parent) => `  ${idOf(jobIds, parent)} -- after --> ${idOf(jobIds, job.name)}`),
      ...databasesOf(job).map((name) => `  ${idOf(jobIds, job.name)} -.-> ${idOf(databases, name)}`),
    ]),
  ].join('\n');
}

/** A job with all that it comes after, and all that comes after it, however far. */
export function connectedJobs(jobs: readonly Job[], name: string): Job[] {
  const reach = (next: (job: string) => readonly string[]) => {
    const found = new Set([name]);
    for (const each of found) for (const other of next(each)) found.add(other);
    return found;
  };
  const parents = new Map(jobs.map((job) => [job.name, job.after]));
  const before = reach((job) => parents.get(job) ?? []);
  const behind = reach((job) => jobs.filter(({ after }) => after.includes(job)).map((each) => each.name));
  return jobs.filter((job) => before.has(job.name) || behind.has(job.name));
}

/** An interval goes by no clock. */
const scheduleKey = ({ timeZone }: Job, text: string) =>
  text.startsWith('@every') ? text : `${text} ${timeZone}`;

function numbered(prefix: string, keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map([...new Set(keys)].map((key, i) => [key, `${prefix}${i}`]));
}

/** Mermaid takes a # for the beginning of an entity, as in `5#2`. */
const label = (text: string) =>
  text.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');
