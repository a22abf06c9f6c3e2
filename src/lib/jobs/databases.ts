/**
 * The configured databases that a job's names and patterns stand for, each once, in the order of the configuration.
 * A pattern's `*` is any text; what else a name may hold (a-z, 0-9, _) means itself.
 */
export function expandDatabases(names: readonly string[], configured: readonly string[]): string[] {
  const matchers = names.map((name) => new RegExp(`^${name.replaceAll('*', '.*')}$`));
  return configured.filter((database) => matchers.some((matcher) => matcher.test(database)));
}
