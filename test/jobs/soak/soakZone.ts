import { checkSchedule } from './checkSchedule.ts';
import { clockStretches } from './clockStretches.ts';
import { type Random, randomExpression } from './randomExpression.ts';
import { wallTimes } from './wallTimes.ts';

const DAY_MS = 86_400_000;
export const YEARS = { from: Date.UTC(2021, 0, 1), until: Date.UTC(2031, 0, 1) };

/** Occurrences of one expression: what runs more often is looked at around one change of clocks. */
const MOST = 20_000;

export interface ZoneSoak {
  readonly zone: string;
  readonly expressions: number;
  readonly occurrences: number;
  readonly changes: number;
  readonly differences: readonly string[];
}

/** Checks random schedules on a zone's clocks over ten years. */
export function soakZone(zone: string, expressions: number, random: Random): ZoneSoak {
  const stretches = clockStretches(zone, YEARS.from - 3 * DAY_MS, YEARS.until + 3 * DAY_MS);
  const differences: string[] = [];
  let occurrences = 0;
  for (let count = 0; count < expressions; count += 1) {
    const text = randomExpression(random);
    const inMonth = wallTimes(text, YEARS.from, YEARS.from + 30 * DAY_MS).length;
    let { from, until } = YEARS;
    const days = Math.floor((MOST * 30) / Math.max(1, inMonth));
    if (days < 3650) {
      const change = stretches[random(Math.max(1, stretches.length - 1))]?.end ?? from;
      from = Math.max(from, Math.min(change, until) - Math.floor(days / 2) * DAY_MS);
      until = Math.min(until, from + days * DAY_MS);
    }
    const checked = checkSchedule(text, zone, stretches, from, until);
    if (typeof checked === 'string') differences.push(checked);
    else occurrences += checked;
  }
  return { zone, expressions, occurrences, changes: stretches.length - 1, differences };
}
