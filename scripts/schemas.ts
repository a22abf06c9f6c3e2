import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { alarmEventSchema, queryEventSchema, runEventSchema } from '../src/lib/messages/event.ts';
import { jobMessageSchema } from '../src/lib/messages/jobMessage.ts';
import { queryMessageSchema } from '../src/lib/messages/queryMessage.ts';

const SCHEMAS = {
  'job-message.json': jobMessageSchema,
  'query-message.json': queryMessageSchema,
  'run-event.json': runEventSchema,
  'query-event.json': queryEventSchema,
  'alarm-event.json': alarmEventSchema,
};

/** The JSON Schemas of docs/schemas by file name: of messages as their sender writes them. */
export function jsonSchemas(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([file, schema]) => {
      const json = z.toJSONSchema(schema, {
        io: 'input',
        // Values of any JSON, which zod knows as custom checks.
        unrepresentable: 'any',
        // The format says it; zod's pattern beside it takes four lines.
        override: ({ jsonSchema }) => {
          if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
        },
      });
      return [file, `${JSON.stringify(json, null, 2)}\n`];
    }),
  );
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(jsonSchemas())) {
    writeFileSync(new URL(`../docs/schemas/${file}`, import.meta.url), text);
  }
}
