import { compileJob } from '../../src/lib/jobs/compileJob.ts';
import type { Job } from '../../src/lib/jobs/job.ts';

/** A job as the build makes it of a file with this text. */
export async function job(name: string, text: string): Promise<Job> {
  const compiled = await compileJob(name, `jobs/${name}.sql`, Buffer.from(text), 29 * 60_000);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.job;
}

/** The same with front matter, given as its YAML lines. */
export function jobWith(name: string, frontMatter: string, sql: string): Promise<Job> {
  const lines = frontMatter.split('\n').map((line) => `-- ${line}`);
  return job(name, ['-- ---', ...lines, '-- ---', sql].join('\n'));
}
