import { z } from 'zod';

/**
 * What the show reads in an event, as any consumer of the results queue would: docs/schemas has all of it. Alarms
 * are no outcomes, and have neither statements nor rows.
 */
const outcomeEventSchema = z.object({
  type: z.string(),
  time: z.string(),
  data: z.object({
    runId: z.string().optional(),
    statements: z.array(z.object({ command: z.string(), rowCount: z.number().nullable() })),
    columns: z.array(z.object({ name: z.string() })),
    rows: z.array(z.array(z.unknown())),
    error: z.object({ message: z.string(), hint: z.string().nullable() }).nullable(),
    reason: z.string().optional(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});

export type OutcomeEvent = z.infer<typeof outcomeEventSchema>;

/** The event in a queue message's text; null when it is none that tells an outcome. */
export function readOutcomeEvent(text: string): OutcomeEvent | null {
  return outcomeEventSchema.safeParse(JSON.parse(Buffer.from(text, 'base64').toString())).data ?? null;
}
