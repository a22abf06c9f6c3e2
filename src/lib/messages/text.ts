import { z } from 'zod';

/** What no text of PostgreSQL can hold: U+0000, and halves of surrogate pairs, which UTF-8 cannot express. */
const UNSTORABLE = /[\0\ud800-\udfff]/u;

/** True for text that PostgreSQL takes as it is. Its protocol would end a statement at U+0000, unseen. */
export function isStorableText(text: string): boolean {
  return !UNSTORABLE.test(text);
}

export const UNSTORABLE_TEXT = 'holds U+0000 or half of a surrogate pair, which PostgreSQL cannot store';

/** "is missing" for a value that is not there, otherwise what it must be. */
export function mustBe(what: string) {
  return {
    error: (issue: { input?: unknown }) =>
      issue.input === undefined ? `is missing: ${what}` : `must be ${what}`,
  };
}

/**
 * No controls, odd spaces, formatting characters or halves of pairs. Spelled out, as JSON Schema's patterns are
 * read by many languages, and few of them know `\p{Cf}`.
 */
const PRINTABLE =
  '^[^\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u061c\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f' +
  '\\u205f-\\u206f\\u3000\\ud800-\\udfff\\ufeff\\ufff9-\\ufffb]+$';
const LONGEST_ID = 200;

/**
 * An id that a user chose. Invisible characters are refused, since two ids that look alike must be the same id;
 * so are spaces at the ends.
 */
export function userId() {
  const printable = new RegExp(PRINTABLE, 'u');
  return z
    .string(mustBe('text'))
    .refine(
      (text) => printable.test(text) && text.trim() === text && [...text].length <= LONGEST_ID,
      `must be 1 to ${LONGEST_ID} printable characters without space at either end`,
    )
    .meta({ minLength: 1, maxLength: LONGEST_ID, pattern: PRINTABLE });
}

/** The name of a configured database: `main` is DATABASE_URL, `eu` is DATABASE_URL_EU. */
export function databaseName() {
  return z
    .string(mustBe('the name of a configured database'))
    .regex(
      /^[a-z][a-z0-9_]{0,62}$/,
      'must be the name of a configured database: lower-case letters, digits and _, such as main',
    );
}

const INSTANT = 'an instant in ISO 8601 with Z or an offset, such as 2026-03-01T02:00:00Z';

/** An instant; microseconds are kept, as PostgreSQL has them. Neither has a year 0. */
export function instant() {
  return z.iso
    .datetime({ offset: true, ...mustBe(INSTANT) })
    .refine((text) => !text.startsWith('0000'), `must be ${INSTANT}`);
}
