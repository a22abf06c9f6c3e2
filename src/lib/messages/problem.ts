import type { z } from 'zod';
import { didYouMean } from '../didYouMean.ts';

/** One thing that is wrong with a message: `path` is "parameters.day", or empty for the message as a whole. */
export interface MessageProblem {
  readonly path: string;
  readonly message: string;
}

export type Checked<T> =
  | { readonly ok: true; readonly message: T }
  | { readonly ok: false; readonly problems: readonly MessageProblem[] };

/**
 * Every issue that zod found, one problem each, in plain words: the schemas bring their own sentences.
 *
 * @param knownKeys the keys of each object of the message by its path ('' is the message itself), for "did you mean"
 */
export function problemsOf(
  error: z.ZodError,
  knownKeys: Readonly<Record<string, readonly string[]>>,
): MessageProblem[] {
  return error.issues.flatMap((issue) => {
    const path = pathText(issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    const known = knownKeys[path] ?? [];
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      message: `is not a known key.${didYouMean(key, known) || ` Known keys: ${known.join(', ')}.`}`,
    }));
  });
}

/** For people, a sentence that others can follow: `parameters.day: must be a date.` */
export function problemText({ path, message }: MessageProblem): string {
  return `${path === '' ? '' : `${path}: `}${message}${/[.!?]$/.test(message) ? '' : '.'}`;
}

/** Dots between keys, brackets around indexes and around what would read wrongly with dots: `parameters[2]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      const text = String(key);
      if (!/^[\p{L}\p{N}_$-]+$/u.test(text)) return `[${JSON.stringify(text)}]`;
      return i === 0 ? text : `.${text}`;
    })
    .join('');
}
