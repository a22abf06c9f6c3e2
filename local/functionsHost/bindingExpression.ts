export type Settings = Readonly<Record<string, string | undefined>>;

/**
 * Puts app settings in the place of `%NAME%` in a queue's name or a timer's schedule.
 *
 * @throws Error when a named setting does not exist; the function that needs it cannot be indexed
 */
export function resolveBindingExpression(text: string, settings: Settings): string {
  return text.replace(/%([^%]*)%/g, (expression, name: string) => {
    const value = settings[name];
    if (value === undefined) {
      throw new Error(`'${expression}' does not resolve to a value: add the app setting ${name}`);
    }
    return value;
  });
}
