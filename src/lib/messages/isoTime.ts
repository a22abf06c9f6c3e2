/**
 * PostgreSQL's `datestyle ISO` is not quite ISO 8601: `2026-03-01 02:00:00.123456+00`, `0044-03-15 BC`. A job
 * may set another style, or a value be `infinity`: text in any other form is passed on as it is.
 */
const DATE = /^(\d{4,})-(\d\d-\d\d)( BC)?$/;
const ZONE = '[+-]\\d\\d(?::\\d\\d(?::\\d\\d)?)?';
const TIMESTAMP = new RegExp(
  `^(\\d{4,})-(\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)(${ZONE})?( BC)?$`,
);
const TIME_WITH_ZONE = new RegExp(`^(\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)(${ZONE})$`);

export function isoDate(text: string): string {
  const [, year, monthAndDay, era] = DATE.exec(text) ?? [];
  return year === undefined ? text : `${isoYear(year, era)}-${monthAndDay}`;
}

/** With time zone or without. */
export function isoTimestamp(text: string): string {
  const [, year, monthAndDay, time, zone, era] = TIMESTAMP.exec(text) ?? [];
  return year === undefined ? text : `${isoYear(year, era)}-${monthAndDay}T${time}${isoZone(zone)}`;
}

export function isoTimeWithZone(text: string): string {
  const [, time, zone] = TIME_WITH_ZONE.exec(text) ?? [];
  return time === undefined ? text : `${time}${isoZone(zone)}`;
}

/** Years outside 0 to 9999 have a sign and six digits or more, as in ECMAScript; 1 BC is the year 0. */
function isoYear(year: string, era: string | undefined): string {
  const number = era === undefined ? Number(year) : 1 - Number(year);
  if (number >= 0 && number <= 9999) return String(number).padStart(4, '0');
  return `${number < 0 ? '-' : '+'}${String(Math.abs(number)).padStart(6, '0')}`;
}

function isoZone(zone: string | undefined): string {
  if (zone === undefined) return '';
  if (zone === '+00') return 'Z';
  return zone.length === 3 ? `${zone}:00` : zone;
}
