import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { showValue } from './showValue.ts';

export const text = z
  .string('expected a text')
  .refine((value) => value.trim() !== '', 'expected a text that is not empty.');

/** A duration in milliseconds, at least a second. @param most the longest, as a duration is written, and why no longer */
export function duration(most: string, why: string) {
  const expected = 'expected a duration such as 90s, 10m or 2h';
  return z.string(expected).transform((value, context) => {
    const ms = parseDuration(value);
    const got = `got ${showValue(value)}.`;
    if (ms === null) context.addIssue(`${expected}, ${got}`);
    else if (ms < 1000) context.addIssue(`expected at least 1s, ${got}`);
    else if (ms > (parseDuration(most) ?? 0)) context.addIssue(`expected at most ${most} (${why}), ${got}`);
    return ms ?? z.NEVER;
  });
}

/** A list of different values; one alone needs no brackets. */
export function oneOrMore(item: z.ZodType<string>, expected: string) {
  return z.preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z
      .array(item, expected)
      .min(1, `${expected}, at least one`)
      .superRefine((values, context) => {
        values.forEach((value, index) => {
          if (values.indexOf(value) === index) return;
          context.addIssue({ code: 'custom', path: [index], message: `"${value}" is there already.` });
        });
      }),
  );
}

/** zod asks one function for both faults of a strict object; unknown keys keep their own message. */
export function strictError(expected: string) {
  return { error: (issue: { code: string }) => (issue.code === 'invalid_type' ? expected : undefined) };
}
