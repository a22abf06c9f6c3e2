import { z } from 'zod';
import { errorSchema, problemSchema, resultFields } from './resultData.ts';

/** Every key is there in every event, null where it does not apply, except those that end the list. */
export const queryDataSchema = z.strictObject({
  queryId: z.string().describe("The message's queryId, or else the queue's id of the message."),
  database: z.string().nullable(),
  startedAt: z.string().nullable().describe('Null if it was rejected.'),
  finishedAt: z.string().nullable(),
  ...resultFields,
  error: errorSchema.nullable(),
  reason: z.string().exactOptional().describe('Why it was rejected.'),
  problems: z.array(problemSchema).exactOptional().describe('What is wrong with a rejected message.'),
});
export type QueryData = z.infer<typeof queryDataSchema>;
