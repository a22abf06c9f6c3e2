import { LOG_LEVELS, type LogLevel } from './hostJson.ts';

/** Writes one event; `source` is a function's name, or `host`. */
export type HostLog = (level: string, source: string, message: string) => void;

/**
 * Turns log calls into one line each, dropping what is below host.json's level.
 *
 * @param write gets the line without its end
 */
export function createHostLog(write: (line: string) => void, least: LogLevel): HostLog {
  const rank = (level: string) => (LOG_LEVELS as readonly string[]).indexOf(level); // widening is safe: only read
  return (level, source, message) => {
    if (rank(level) < rank(least)) return;
    const label = level === 'information' ? '' : `${level}: `;
    write(`[${source}] ${label}${message.trim().replace(/\s*\n\s*/g, ' | ')}`);
  };
}
