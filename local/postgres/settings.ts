export interface PostgresSettings {
  /** The server's max_connections. @default 100 */
  readonly maxConnections?: number;
  /** False: no fsync. What a killed process wrote survives; what a power cut lost may be torn. @default true */
  readonly durable?: boolean;
  /** Any other server settings, by name; they win over ours. */
  readonly server?: Readonly<Record<string, string>>;
}

/** The server's command line, without the addresses. */
export function settingsArguments(settings: PostgresSettings): string[] {
  const values: Record<string, string> = {
    max_connections: String(settings.maxConnections ?? 100),
    // Messages are read by their SQLSTATE, and by people: the server's log in one language.
    lc_messages: 'C',
    log_line_prefix: '%m [%p] %u@%d ',
    shared_buffers: '64MB',
    ...(settings.durable === false
      ? { fsync: 'off', synchronous_commit: 'on', full_page_writes: 'off', autovacuum_naptime: '60s' }
      : {}),
    ...settings.server,
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
