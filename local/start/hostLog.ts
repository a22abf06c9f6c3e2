import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stackFolder } from '../stack/stackFile.ts';

/** `[source] level: message`, as the functions host writes it; a line without a level is information. */
const NEEDS_ATTENTION = /^\[[^\]]*\] (warning|error|critical): /;

/**
 * Where the functions host's lines go: all of them to .nightshift/host.log, which begins anew, and to the terminal
 * those that somebody should look at.
 */
export function openHostLog(projectDirectory: string, show: (line: string) => void): (line: string) => void {
  const file = join(stackFolder(projectDirectory), 'host.log');
  writeFileSync(file, '');
  return (line) => {
    appendFileSync(file, `${new Date().toISOString()} ${line}\n`);
    if (NEEDS_ATTENTION.test(line)) show(line);
  };
}
