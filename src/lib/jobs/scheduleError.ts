/** A schedule or time zone that means nothing; the message names the field, its value and what it may be. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}
