import type { Connection } from '../../lib/database/connection.ts';

export interface LastTick {
  /** ISO 8601. */
  readonly at: string;
  /** By the clock of the database. */
  readonly silenceMs: number;
}

/** Two ticks and a minute: what the app itself takes for silence. */
const SILENCE_MS = 11 * 60_000;

/** Null: none has come since the schema was made. */
export async function lastTick(home: Connection): Promise<LastTick | null> {
  const [row] = await home.query(
    `SELECT to_json(t) #>> '{}' AS at, extract(epoch FROM clock_timestamp() - t) * 1000 AS silence
     FROM nightshift.last_tick() AS t`,
  );
  const at = row?.['at'];
  return at ? { at, silenceMs: Math.max(Number(row?.['silence']), 0) } : null;
}

export const isSilent = (tick: LastTick | null): tick is LastTick =>
  tick !== null && tick.silenceMs > SILENCE_MS;
