/** A job's schedule as front matter has it. */
export interface MixedSchedule {
  readonly name: string;
  readonly schedule: string;
  readonly timeZone: string;
}

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Los_Angeles',
  'America/Sao_Paulo',
  'Asia/Tokyo',
  'Asia/Kolkata',
  'Australia/Sydney',
  'Australia/Lord_Howe',
];

/** What a large team has, of a hundred jobs: most run at night, some by the hour, few all the time. */
const KINDS: readonly { readonly of100: number; readonly text: (minute: number, hour: number) => string }[] =
  [
    { of100: 40, text: (minute, hour) => `${minute} ${hour % 6} * * *` },
    { of100: 15, text: (minute) => `${minute} * * * *` },
    { of100: 15, text: (minute, hour) => `${minute} ${hour} * * MON-FRI` },
    { of100: 10, text: (minute, hour) => `${minute} ${hour} * * ${hour % 7}` },
    { of100: 5, text: (minute, hour) => `${minute} ${hour} 1 * *` },
    { of100: 3, text: (minute, hour) => `${minute} ${hour} L * *` },
    { of100: 2, text: (minute, hour) => `${minute} ${hour} * * FRI#2` },
    { of100: 5, text: () => '*/15 8-18 * * MON-FRI' },
    { of100: 4, text: () => '*/5 * * * *' },
    { of100: 1, text: () => '* * * * *' },
  ];

/** The same jobs each time, spread over minutes, hours and zones as if by chance. */
export function mixedSchedules(count: number): MixedSchedule[] {
  const kinds = KINDS.flatMap(({ of100, text }) => Array.from({ length: of100 }, () => text));
  const below = numbers();
  return Array.from({ length: count }, (_, index) => ({
    name: `job-${index}`,
    schedule: kinds[below(kinds.length)]?.(below(60), below(24)) ?? '@daily',
    timeZone: ZONES[below(ZONES.length)] ?? 'UTC',
  }));
}

/** A linear congruential generator (Numerical Recipes): figures can be compared only of the same jobs. */
function numbers(): (limit: number) => number {
  let state = 7;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
