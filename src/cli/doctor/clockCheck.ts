import type { QueueClient } from '@azure/storage-queue';
import type { Database } from '../../lib/database/connection.ts';
import { durationText } from '../output/time.ts';
import { type Check, ok, warning } from './check.ts';

/** The three clocks: schedules go by the database's, queues hide messages by the storage's, tokens end by ours. */
export interface Clocks {
  readonly database: Database;
  readonly queue: QueueClient;
}

/** More than the answer's way and the storage's whole seconds can explain. */
const TOLERANCE_MS = 5_000;

export const clockCheck: Check<Clocks> = {
  name: 'clocks',
  async examine({ database, queue }) {
    const ofDatabase = await skew(async () => {
      const [row] = await database.withConnection((connection) =>
        connection.query('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000) AS ms'),
      );
      return Number(row?.['ms']);
    });
    const ofStorage = await skew(async () => Number((await queue.getProperties()).date));
    const facts = [`The database is ${text(ofDatabase)}.`, `The storage account is ${text(ofStorage)}.`];
    const isOff = Math.max(Math.abs(ofDatabase), Math.abs(ofStorage)) > TOLERANCE_MS;
    return isOff
      ? warning(
          facts,
          'Tokens are judged by the clock of who checks them. Set the clock of this machine: sudo timedatectl set-ntp true',
        )
      : ok(...facts);
  },
};

/** Milliseconds that another clock is ahead of ours, taken at the middle of the question's way. */
async function skew(ask: () => Promise<number>): Promise<number> {
  const before = Date.now();
  const theirs = await ask();
  return Math.round(theirs - (before + Date.now()) / 2);
}

const text = (ms: number) =>
  Math.abs(ms) < 1_500
    ? 'on time'
    : `${durationText(Math.abs(ms))} ${ms > 0 ? 'ahead of' : 'behind'} this machine`;
