import { z } from 'zod';
import { queryDataSchema } from './queryData.ts';
import { alarmDataSchema, runDataSchema } from './runData.ts';

/** What ends a run, each occurrence in exactly one of them. */
export const RUN_OUTCOMES = ['succeeded', 'failed', 'rejected', 'skipped', 'missed', 'deadlettered'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

export const QUERY_OUTCOMES = ['succeeded', 'failed', 'rejected'] as const;
export type QueryOutcome = (typeof QUERY_OUTCOMES)[number];

/** Alarms end nothing: a job can be overdue and still run later. */
export const ALARMS = ['overdue', 'recovered'] as const;
export type Alarm = (typeof ALARMS)[number];

/** The attributes of CloudEvents 1.0 that every event has; `source` and `id` together are unique. */
function cloudEvent<const T extends readonly string[], D extends z.ZodType>(types: T, data: D) {
  return z.strictObject({
    specversion: z.literal('1.0'),
    id: z
      .string()
      .min(1)
      .describe('The same for every delivery of the same outcome: drop what you have seen.'),
    source: z.string().min(1).describe('The app that ran it: /nightshift, or /nightshift/<site>.'),
    type: z.enum(types),
    subject: z.string().min(1).exactOptional().describe('The job, or the id of the query.'),
    time: z.iso.datetime({ offset: true }).describe('When the outcome was decided.'),
    datacontenttype: z.literal('application/json'),
    data,
  });
}

const runTypes = RUN_OUTCOMES.map((outcome) => `nightshift.run.${outcome}` as const);
const queryTypes = QUERY_OUTCOMES.map((outcome) => `nightshift.query.${outcome}` as const);
const alarmTypes = ALARMS.map((alarm) => `nightshift.job.${alarm}` as const);

export const runEventSchema = cloudEvent(runTypes, runDataSchema).meta({
  title: 'Nightshift run event',
  description: 'How a run ended.',
});
export const queryEventSchema = cloudEvent(queryTypes, queryDataSchema).meta({
  title: 'Nightshift query event',
  description: 'What came of an ad-hoc query.',
});
export const alarmEventSchema = cloudEvent(alarmTypes, alarmDataSchema).meta({
  title: 'Nightshift alarm event',
  description: 'A job did not run as expected, or does so again. It ends no run.',
});

export type RunEvent = z.infer<typeof runEventSchema>;
export type QueryEvent = z.infer<typeof queryEventSchema>;
export type AlarmEvent = z.infer<typeof alarmEventSchema>;
export type NightshiftEvent = RunEvent | QueryEvent | AlarmEvent;
export type EventType = NightshiftEvent['type'];

type Constant = 'specversion' | 'datacontenttype';
type Given<E> = E extends NightshiftEvent ? Omit<E, Constant> : never;

/** Adds the attributes that are the same for all events. */
export function makeEvent<E extends NightshiftEvent>(event: Given<E>) {
  return { specversion: '1.0', datacontenttype: 'application/json', ...event } as const;
}

/** The id of the event that tells a run's outcome. */
export function outcomeId(runId: string, outcome: RunOutcome): string {
  return `${runId}/${outcome}`;
}

/** A namespace beside those of run ids: a queryId can be any text, and must not make a run's event look known. */
export function queryOutcomeId(queryId: string, outcome: QueryOutcome): string {
  return `query:${queryId}/${outcome}`;
}
