import { DatabaseError } from '../database/databaseError.ts';
import { type AlarmEvent, makeEvent } from '../messages/event.ts';
import { encodeEvent } from '../messages/fitEvent.ts';
import { encodeHeartbeat } from '../messages/heartbeat.ts';
import type { ReceivedMessage } from '../messages/receivedMessage.ts';
import { tell } from '../runs/tell.ts';
import type { Worker } from '../runs/worker.ts';

/** Two ticks and a minute. The message that a tick leaves is seen then, and says nothing if another tick has come. */
const SILENCE_SECONDS = 11 * 60;

/**
 * Ends a tick: notes it in the home database, and leaves a message that tells, by way of the queue, if no tick follows.
 * A silence before this tick is over with it.
 */
export async function beat(worker: Worker): Promise<void> {
  const [row] = await worker.home.withConnection(async (connection) => {
    const before = await connection.query(LAST_TICK);
    await connection.query('SELECT nightshift.beat()');
    return before;
  });
  const last = row?.['last_tick'] ?? null;
  if (last !== null && Number(row?.['silence']) > SILENCE_SECONDS) {
    await tell(worker, ticksEvent(worker, 'recovered', last, 'Ticks come again.'));
  }
  const tick = new Date(worker.now()).toISOString();
  await worker.sender.send(worker.queues.jobs, encodeHeartbeat(tick), { delaySeconds: SILENCE_SECONDS });
}

const LAST_TICK = `
SELECT to_json(last_tick) #>> '{}' AS last_tick, extract(epoch FROM clock_timestamp() - last_tick) AS silence
FROM nightshift.last_tick() AS last_tick`;

/** One of those messages, visible: have the ticks stopped? */
export async function receiveHeartbeat(
  worker: Worker,
  message: ReceivedMessage,
  tick: string,
): Promise<void> {
  try {
    const [row] = await worker.home.withConnection((connection) => connection.query(LAST_TICK));
    const last = row?.['last_tick'] ?? tick;
    if (Number(row?.['silence'] ?? SILENCE_SECONDS) < SILENCE_SECONDS - 60) return;
    const reason = `No tick since ${last}: nothing is planned. Look at the function "schedule" and its host.`;
    await tell(worker, ticksEvent(worker, 'overdue', last, reason));
    worker.log.error(reason);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    // Whether ticks come is unknown: without the home database they could plan nothing.
    await worker.sender.send(message.queue, message.body, { delaySeconds: 300, asReceived: true });
    worker.log.warn(`Whether ticks come cannot be asked: ${error.message}`);
  }
}

/** The same id for every message that finds the same silence. */
function ticksEvent(
  worker: Worker,
  alarm: 'overdue' | 'recovered',
  lastTick: string,
  reason: string,
): Uint8Array {
  return encodeEvent(
    makeEvent<AlarmEvent>({
      type: `nightshift.job.${alarm}`,
      source: worker.eventSource,
      id: `ticks:${lastTick}/${alarm}`,
      subject: '*',
      time: new Date(worker.now()).toISOString(),
      data: { job: '*', database: null, scheduledFor: null, reason },
    }),
  );
}
