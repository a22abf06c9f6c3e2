import { DatabaseError } from '../database/databaseError.ts';
import { encodeHeartbeat } from '../messages/heartbeat.ts';
import type { ReceivedMessage } from '../messages/receivedMessage.ts';
import { tell } from '../runs/tell.ts';
import type { Worker } from '../runs/worker.ts';
import { alarmEvent } from './alarmEvent.ts';

/** Two ticks and a minute: for so long there may be none. */
const SILENCE_SECONDS = 11 * 60;
/** One message for each stretch of the clock, however often ticks come. */
const STRETCH_MS = 5 * 60_000;

/**
 * Ends a tick: notes it in the home database, and leaves a message that tells, by way of the queue, if no tick follows.
 * A silence before this tick is over with it.
 */
export async function beat(worker: Worker): Promise<void> {
  const [before, after] = await worker.home.withConnection(async (connection) => {
    const [earlier] = await connection.query(LAST_TICK);
    await connection.query('SELECT nightshift.beat()');
    const [now] = await connection.query(LAST_TICK);
    return [earlier, now];
  });
  const last = before?.['last_tick'] ?? null;
  // By the one clock of the home database, as all that this is compared with.
  const tick = after?.['last_tick'];
  if (!tick) throw new Error('nightshift.beat() left no tick.');
  if (last !== null && Number(before?.['silence']) > SILENCE_SECONDS) {
    await tell(worker, ticksEvent(worker, 'recovered', last, 'Ticks come again.'));
  }
  if (last !== null && stretchOf(last) === stretchOf(tick)) return;
  await worker.sender.send(worker.queues.jobs, encodeHeartbeat(new Date(tick).toISOString()), {
    delaySeconds: SILENCE_SECONDS,
  });
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
    // A later tick has left a message of its own.
    if (stretchOf(last) > stretchOf(tick)) return;
    const leftSeconds = SILENCE_SECONDS - Number(row?.['silence'] ?? SILENCE_SECONDS);
    if (leftSeconds > 0) {
      await worker.sender.send(message.queue, message.body, { delaySeconds: leftSeconds, asReceived: true });
      return;
    }
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

function stretchOf(instant: string): number {
  return Math.floor(Date.parse(instant) / STRETCH_MS);
}

/** The same id for every message that finds the same silence. */
function ticksEvent(
  worker: Worker,
  alarm: 'overdue' | 'recovered',
  lastTick: string,
  reason: string,
): Uint8Array {
  const data = { job: '*', database: null, scheduledFor: null, reason };
  return alarmEvent(worker, alarm, `ticks:${lastTick}`, data);
}
