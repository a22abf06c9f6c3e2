import { z } from 'zod';
import { mustBe } from './text.ts';

/** As in jobs/jobFiles.ts. Whether such a job exists is the catalog's to say. */
const JOB_NAME = /^[a-z0-9][a-z0-9_-]*(?:\/[a-z0-9][a-z0-9_-]*)*$/;
const LONGEST_NAME = 200;

export function isPossibleJobName(text: string): boolean {
  return text.length <= LONGEST_NAME && JOB_NAME.test(text);
}

export function jobName() {
  return z
    .string(mustBe("a job's name, such as billing/close-day"))
    .max(LONGEST_NAME, `must have at most ${LONGEST_NAME} characters`)
    .regex(
      JOB_NAME,
      "must be a job's name: the path of its file below jobs/ without .sql, in lower-case letters, digits, - and _",
    );
}
