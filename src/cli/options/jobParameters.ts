import { InvalidArgumentError } from 'commander';

/** Collects `--parameter name=value`, each name once. The value is everything behind the first =, and may be empty. */
export function jobParameter(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('It must be name=value, such as day=2026-03-01.');
  const name = text.slice(0, equals);
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  // fromEntries defines each name as an own property, whatever it is called.
  return Object.fromEntries([...Object.entries(before), [name, text.slice(equals + 1)]]);
}
