import { randomBytes } from 'node:crypto';
import { QueueServiceClient } from '@azure/storage-queue';
import { Temporal } from 'temporal-polyfill';
import { QUEUES } from '../stack/names.ts';
import { askWithReplyQueue, peekForEvent, sendJson } from './eventQueues.ts';
import { lastOccurrence } from './lastOccurrence.ts';
import type { OutcomeEvent } from './outcomeEvent.ts';

/** The job of the show, and when its schedule in jobs/ would have started it last. */
const JOB = 'nightly-order-totals';
const SCHEDULE = { hour: 2, timeZone: 'Europe/Berlin' };

const QUERY = `SELECT country, count(*) AS orders, sum(amount) AS amount
FROM orders JOIN customers USING (customer_id)
WHERE order_date = $1 AND status <> 'cancelled'
GROUP BY country ORDER BY amount DESC`;

const TIMEOUT_MS = 30_000;

/** One thing that was asked for by a message, and the event that told what came of it; null if none came. */
export interface Act {
  readonly queue: string;
  readonly message: string;
  readonly sentAt: Temporal.Instant;
  readonly event: OutcomeEvent | null;
}

/** Runs the nightly roll-up for its last occurrence, as a message from anywhere would. */
export async function runNightlyJob(connectionString: string): Promise<Act> {
  const service = QueueServiceClient.fromConnectionString(connectionString);
  const occurrence = lastOccurrence(Temporal.Now.zonedDateTimeISO(SCHEDULE.timeZone), SCHEDULE.hour);
  const runId = `show-${randomBytes(4).toString('hex')}`;
  const sentAt = Temporal.Now.instant();
  await sendJson(service.getQueueClient(QUEUES.jobs), {
    job: JOB,
    runId,
    scheduledFor: occurrence.toInstant().toString(),
  });
  const event = await peekForEvent(
    service.getQueueClient(QUEUES.results),
    ({ data }) => data.runId === `user:${runId}`,
    TIMEOUT_MS,
  );
  const when = occurrence.toPlainDateTime().toString({ smallestUnit: 'minute' }).replace('T', ' ');
  return { queue: QUEUES.jobs, message: `job ${JOB} for ${when} ${SCHEDULE.timeZone}`, sentAt, event };
}

/** Asks how that day went, by country. */
export async function runQuery(connectionString: string): Promise<Act> {
  const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient(QUEUES.queries);
  const day = lastOccurrence(Temporal.Now.zonedDateTimeISO(SCHEDULE.timeZone), SCHEDULE.hour)
    .subtract({ days: 1 })
    .toPlainDate();
  const sentAt = Temporal.Now.instant();
  const event = await askWithReplyQueue(
    connectionString,
    QUEUES.results,
    (replyTo) => sendJson(queue, { sql: QUERY, parameters: [day.toString()], replyTo }),
    TIMEOUT_MS,
  );
  return { queue: QUEUES.queries, message: `query for ${day}, by country`, sentAt, event };
}
