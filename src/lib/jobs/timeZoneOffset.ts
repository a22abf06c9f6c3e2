/**
 * How far a zone's clocks stand ahead of UTC at an instant, in milliseconds, by the platform's own tz database.
 *
 * @param name an IANA name that `timeZoneProblem` has accepted
 */
export function readOffset(name: string): (instantMs: number) => number {
  // Making one costs fifty times as much as asking it.
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  return (instantMs) => {
    // `6/1/2026, GMT+02:00`; with seconds where a zone still kept its own noon; plain GMT for none.
    const [, sign, hours = 0, minutes = 0, seconds = 0] =
      /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(instantMs)) ?? [];
    const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -ms : ms;
  };
}
