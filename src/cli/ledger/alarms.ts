import type { Connection } from '../../lib/database/connection.ts';
import { type AlarmKind, listAlarms } from '../../lib/ledger/alarms.ts';
import type { Output } from '../output/output.ts';
import { durationText, timeText } from '../output/time.ts';
import { visible } from '../output/visible.ts';
import { isSilent, type LastTick, lastTick } from './lastTick.ts';

/** What should have happened and has not. The form of the lines of `runs --json` that are alarms. */
export interface StandingAlarm {
  readonly alarm: AlarmKind | 'no tick';
  /** A job, or `*` for all. */
  readonly job: string;
  readonly database: string | null;
  readonly scheduledFor: string | null;
  readonly reason: string;
  /** ISO 8601. */
  readonly raisedAt: string;
}

/** As the home database knows them, the gravest first: without ticks nothing is planned. */
export async function standingAlarms(home: Connection): Promise<StandingAlarm[]> {
  const tick = await lastTick(home);
  const alarms = (await listAlarms(home)).map(({ kind, ...alarm }) => ({ alarm: kind, ...alarm }));
  return isSilent(tick) ? [noTick(tick), ...alarms] : alarms;
}

const noTick = ({ at, silenceMs }: LastTick): StandingAlarm => ({
  alarm: 'no tick',
  job: '*',
  database: null,
  scheduledFor: null,
  reason: `No tick for ${durationText(silenceMs)}: nothing is planned. See: npx nightshift doctor`,
  raisedAt: at,
});

/** One line each. */
export const alarmText = (alarm: StandingAlarm, { colors }: Output): string =>
  `${colors.red('overdue')}  ${visible(`since ${timeText(new Date(alarm.raisedAt))}  ${alarm.reason}`)}`;
