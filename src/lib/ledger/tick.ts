import type { Connection } from '../database/connection.ts';

/** Up to where a job's occurrences are enqueued, and with which schedule they were planned. */
export interface Watermark {
  readonly job: string;
  /** The schedules and the zone, as one text. */
  readonly definition: string;
  /** Epoch milliseconds. */
  readonly plannedUntil: number;
}

export interface PlannedOccurrence {
  readonly runId: string;
  readonly job: string;
  readonly database: string;
  /** Epoch milliseconds. */
  readonly scheduledFor: number;
}

export interface Tick {
  /** Epoch milliseconds, by the home database's clock: the one clock of the whole tick. */
  readonly now: number;
  readonly watermarks: readonly Watermark[];
}

/** Null: another tick is at work. Otherwise this one is, until `endTick` or the end of the session. */
export async function beginTick(connection: Connection): Promise<Tick | null> {
  const [row] = await connection.query('SELECT nightshift.begin_tick() AS tick');
  const text = row?.['tick'];
  if (!text) return null;
  // Made by begin_tick in this shape.
  const { now, schedules } = JSON.parse(text) as { now: number; schedules: Watermark[] };
  return { now, watermarks: schedules };
}

/** After every message is sent: a tick that dies before this is simply repeated. */
export async function endTick(
  connection: Connection,
  watermarks: readonly Watermark[],
  occurrences: readonly PlannedOccurrence[],
): Promise<void> {
  await connection.query('SELECT nightshift.end_tick($1)', [
    JSON.stringify({ schedules: watermarks, occurrences }),
  ]);
}
