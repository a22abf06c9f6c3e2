import { z } from 'zod';
import { attemptErrorSchema, errorSchema, problemSchema, resultFields } from './resultData.ts';

const time = () => z.string().nullable();

/** Every key is there in every event, null where it does not apply, except those that end the list. */
export const runDataSchema = z.strictObject({
  runId: z.string(),
  job: z.string().nullable().describe('Null where the message named none.'),
  database: z.string().nullable().describe('Null where it was not settled.'),
  scheduledFor: time().describe('The instant the run stands for; null for one that was asked for without.'),
  startedAt: time().describe('When the attempt that decided the outcome began; null if none did.'),
  finishedAt: time(),
  lateness: z.number().nullable().describe('Seconds from scheduledFor to the start of the first attempt.'),
  attempt: z.int().min(0).describe('The attempt that decided the outcome; 0 if none began.'),
  ...resultFields,
  error: errorSchema.nullable(),
  errors: z.array(attemptErrorSchema).exactOptional().describe('What ended the earlier attempts.'),
  reason: z.string().exactOptional().describe('Why it did not run: rejected, skipped, missed, deadlettered.'),
  problems: z.array(problemSchema).exactOptional().describe('What is wrong with a rejected message.'),
});
export type RunData = z.infer<typeof runDataSchema>;

export const alarmDataSchema = z.strictObject({
  job: z.string(),
  database: z.string().nullable(),
  scheduledFor: time().describe('The occurrence that did not start in time, where there is one.'),
  reason: z.string(),
});
export type AlarmData = z.infer<typeof alarmDataSchema>;
