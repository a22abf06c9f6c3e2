import { z } from 'zod';
import { mustBe } from './text.ts';

/** A job file's path below jobs/ without .sql. Whether such a job exists is the catalog's to say. */
const JOB_NAME = /^(?=.{1,200}$)[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;

export function isPossibleJobName(text: string): boolean {
  return JOB_NAME.test(text);
}

export function jobName() {
  return z
    .string(mustBe("a job's name, such as billing/close-day"))
    .regex(JOB_NAME, "must be a job's name: the path of its file below jobs/, without .sql");
}
