import { describe, expect, it } from 'vitest';
import { decodeBody } from '../../src/lib/messages/decode.ts';
import {
  ALARMS,
  type AlarmEvent,
  alarmEventSchema,
  makeEvent,
  outcomeId,
  QUERY_OUTCOMES,
  type QueryEvent,
  queryEventSchema,
  queryOutcomeId,
  RUN_OUTCOMES,
  type RunEvent,
  runEventSchema,
} from '../../src/lib/messages/event.ts';
import { EVENT_BYTES, encodeEvent } from '../../src/lib/messages/fitEvent.ts';

const RESULT = { statements: [], columns: [], rows: [], truncated: false, error: null };
const TIME = '2026-03-01T02:00:00Z';

function arrived(bytes: Uint8Array): unknown {
  const decoded = decodeBody(bytes);
  return decoded.ok ? decoded.value : decoded.reason;
}

describe('an event', () => {
  it.each(RUN_OUTCOMES)('tells that a run was %s', (outcome) => {
    const event = makeEvent<RunEvent>({
      source: '/nightshift',
      type: `nightshift.run.${outcome}`,
      id: outcomeId('user:x', outcome),
      subject: 'a',
      time: TIME,
      data: {
        ...{
          runId: 'user:x',
          job: 'a',
          database: 'main',
          scheduledFor: TIME,
          startedAt: TIME,
          finishedAt: TIME,
        },
        ...{ lateness: 0.5, attempt: 1, ...RESULT, reason: 'why' },
      },
    });
    const read = runEventSchema.parse(arrived(encodeEvent(event)));
    expect(read).toEqual(event);
    expect(read).toMatchObject({
      specversion: '1.0',
      datacontenttype: 'application/json',
      id: `user:x/${outcome}`,
    });
  });

  it.each(QUERY_OUTCOMES)('tells that a query was %s', (outcome) => {
    const event = makeEvent<QueryEvent>({
      source: '/nightshift',
      type: `nightshift.query.${outcome}`,
      id: queryOutcomeId('q', outcome),
      time: TIME,
      data: { queryId: 'q', database: null, startedAt: null, finishedAt: null, ...RESULT },
    });
    expect(queryEventSchema.parse(arrived(encodeEvent(event)))).toEqual(event);
  });

  it.each(ALARMS)('tells that a job is %s', (alarm) => {
    const event = makeEvent<AlarmEvent>({
      source: '/nightshift',
      type: `nightshift.job.${alarm}`,
      id: `a/${TIME}/${alarm}`,
      subject: 'a',
      time: TIME,
      data: { job: 'a', database: 'main', scheduledFor: TIME, reason: 'It did not start in time.' },
    });
    expect(alarmEventSchema.parse(arrived(encodeEvent(event)))).toEqual(event);
    const long = encodeEvent({ ...event, data: { ...event.data, reason: 'x'.repeat(100_000) } });
    expect(long.length).toBeLessThanOrEqual(EVENT_BYTES);
  });

  it('of a query has another id than that of a run, whatever the query calls itself', () => {
    expect(queryOutcomeId('user:x', 'failed')).not.toBe(outcomeId('user:x', 'failed'));
  });
});
