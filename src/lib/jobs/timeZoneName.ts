import { didYouMean } from '../didYouMean.ts';

/**
 * IANA's names without a slash. Intl accepts more of that shape: ICU's abbreviations (PST, BST, which it takes
 * for Asia/Dhaka), and offsets. https://data.iana.org/time-zones/tzdb/backward
 */
const PLAIN_NAMES = new Set(
  (
    'UTC UCT GMT GMT0 GMT+0 GMT-0 Greenwich Universal Zulu CET EET MET WET EST MST HST EST5EDT CST6CDT MST7MDT ' +
    'PST8PDT Cuba Egypt Eire GB GB-Eire Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya NZ NZ-CHAT ' +
    'Navajo PRC Poland Portugal ROC ROK Singapore Turkey W-SU'
  ).split(' '),
);

/** Thousands of jobs share few zones, and Intl makes its list anew each time it is asked. */
const accepted = new Set<string>();

/** What is wrong with a time zone's name, in a sentence; null if it is an IANA name that this Node knows. */
export function timeZoneProblem(name: string): string | null {
  if (accepted.has(name)) return null;
  const problem = findProblem(name);
  if (problem === null) accepted.add(name);
  return problem;
}

function findProblem(name: string): string | null {
  if (/^(?:UTC|GMT)?[+-]\d/.test(name) && !PLAIN_NAMES.has(name)) {
    return `"${name}" is an offset: name a place, such as Europe/Berlin, whose clocks are to be followed.`;
  }
  const known = Intl.supportedValuesOf('timeZone');
  if (known.includes(name) || PLAIN_NAMES.has(name)) return null;
  if (isPlace(name) && isKnownToIntl(name)) {
    const proper = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    return proper ? `"${name}" is written "${proper}".` : null;
  }
  if (/^[A-Z]{3,4}$/.test(name)) {
    return `"${name}" is an abbreviation, which several places share: name one, such as America/New_York.`;
  }
  const hint = didYouMean(name, [...known, ...PLAIN_NAMES]);
  return `"${name}" is no IANA time zone, such as Europe/Berlin or UTC.${hint}`;
}

/** With a slash it is IANA's (a link such as Asia/Calcutta included), but for ICU's own SystemV/... */
const isPlace = (name: string) => name.includes('/') && !name.startsWith('SystemV/');

function isKnownToIntl(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
