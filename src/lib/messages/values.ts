import { z } from 'zod';
import type { JsonValue } from '../json.ts';
import { JsonText } from '../json.ts';
import { type MessageProblem, pathText } from './problem.ts';
import { isStorableText, mustBe, UNSTORABLE_TEXT } from './text.ts';

/** Any JSON value: it comes from the JSON parser, so there is nothing left to check. */
export function jsonValue() {
  return z.custom<JsonValue>().meta({ description: 'Any JSON value; numbers keep all their digits.' });
}

/**
 * A JSON object. Not `z.record`, which silently drops the key `__proto__`; here each key is the object's own
 * (the JSON parser made it), and that one name is refused, as no parameter can have it.
 */
export function jsonObject() {
  return z
    .custom<Readonly<Record<string, JsonValue>>>(
      (value) =>
        typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonText),
      mustBe('an object of names and values'),
    )
    .refine((value) => !Object.hasOwn(value, '__proto__'), {
      path: ['__proto__'],
      message: 'is not a possible name',
    })
    .meta({ type: 'object', additionalProperties: true });
}

/**
 * Texts, at any depth, that neither the ledger nor a parameter could hold. Told apart from the schemas because
 * JSON Schema cannot say it.
 */
export function unstorableProblems(value: unknown, path: readonly PropertyKey[] = []): MessageProblem[] {
  if (typeof value === 'string') {
    return isStorableText(value) ? [] : [{ path: pathText(path), message: UNSTORABLE_TEXT }];
  }
  if (typeof value !== 'object' || value === null || value instanceof JsonText) return [];
  if (Array.isArray(value)) return value.flatMap((element, i) => unstorableProblems(element, [...path, i]));
  return Object.entries(value).flatMap(([key, member]) => {
    const memberPath = [...path, key];
    const own = isStorableText(key)
      ? []
      : [{ path: pathText(memberPath), message: `its name ${UNSTORABLE_TEXT}` }];
    return [...own, ...unstorableProblems(member, memberPath)];
  });
}
