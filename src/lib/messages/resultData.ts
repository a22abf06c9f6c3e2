import { z } from 'zod';
import { JsonText, type JsonValue } from '../json.ts';

const count = () => z.int().min(0);

export const statementSchema = z.strictObject({
  command: z.string().describe('PostgreSQL command tag without the count: INSERT, SELECT, CREATE TABLE.'),
  rowCount: z.int().min(0).nullable().describe('Rows that it returned or changed; null where it has none.'),
});
export type StatementResult = z.infer<typeof statementSchema>;

export const columnSchema = z.strictObject({
  name: z.string(),
  type: z.string().describe("PostgreSQL's name of the type."),
});
export type Column = z.infer<typeof columnSchema>;

/** A row's values in the order of the columns; on the way out it may be JSON text already (see RowCollector). */
const row = () =>
  z
    .custom<readonly JsonValue[] | JsonText>((value) => Array.isArray(value) || value instanceof JsonText)
    .meta({ type: 'array' });

/** What the SQL returned: of a job, the rows of the last statement that returns any. */
export const resultFields = {
  statements: z.array(statementSchema).describe('What each statement did; empty unless the outcome stands.'),
  columns: z.array(columnSchema),
  rows: z
    .array(row())
    .describe(
      'Values in the order of the columns. bigint and numeric are text, so that no digit is lost; ' +
        'bytea is base64; dates and times are ISO 8601; json is JSON; arrays are arrays; any other type is text.',
    ),
  truncated: z
    .boolean()
    .describe('True when something of the result was left out, as it did not fit the message.'),
};

/** What a run's or a query's event says of its result. */
export type ResultData = z.infer<z.ZodObject<typeof resultFields>>;

const position = () => z.int().min(1).nullable();

export const errorSchema = z.strictObject({
  sqlState: z.string().nullable().describe("PostgreSQL's code; null where the error is not PostgreSQL's."),
  message: z.string(),
  detail: z.string().nullable(),
  hint: z.string().nullable(),
  file: z.string().nullable().describe('The job file.'),
  line: position(),
  column: position(),
  retryable: z.boolean().describe('True for what may pass when tried again.'),
});
export type ErrorData = z.infer<typeof errorSchema>;

export const attemptErrorSchema = z.strictObject({
  attempt: count().min(1),
  at: z.string(),
  ...errorSchema.shape,
});
export type AttemptError = z.infer<typeof attemptErrorSchema>;

export const problemSchema = z.strictObject({
  path: z.string().describe('Where in the message, such as parameters.day; empty for the whole.'),
  message: z.string(),
});
