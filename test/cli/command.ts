import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finished, finished } from '../support/program.ts';

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is started. @default an empty directory, so that no local.settings.json is found */
  readonly directory?: string;
  readonly input?: string;
}

/** Starts the built command, with no settings but those given. */
export function startCommand(
  dist: string,
  args: readonly string[],
  { env = {}, directory = tmpdir() }: CommandOptions = {},
): ChildProcess {
  return spawn(process.execPath, [join(dist, 'cli.js'), ...args], {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs it to its end. */
export function runCommand(
  dist: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  const child = startCommand(dist, args, options);
  child.stdin?.end(options.input ?? '');
  return finished(child);
}

/** A directory of a test's own, for settings files and projects. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'nightshift cli '));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
