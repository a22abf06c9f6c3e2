import { afterEach, vi } from 'vitest';
import {
  type HostProcess,
  type HostProcessOptions,
  startHostProcess,
} from '../../../local/functionsHost/hostProcess.ts';
import { type FixtureApp, fixtureApp } from './fixtureApp.ts';

export interface RunningHost extends HostProcess {
  readonly app: FixtureApp;
  readonly lines: string[];
  /** Waits for lines that contain the word, and gives what follows it in each. */
  said(word: string, howMany?: number): Promise<string[]>;
}

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Copies a fixture; it is removed after the test. */
export async function makeApp(...fixture: Parameters<typeof fixtureApp>): Promise<FixtureApp> {
  const app = await fixtureApp(...fixture);
  cleanUps.push(app.remove);
  return app;
}

/** Runs an app in a host process of its own, which is killed after the test unless it has ended. */
export async function runHost(
  app: FixtureApp,
  env: Record<string, string>,
  options: Partial<HostProcessOptions> = {},
): Promise<RunningHost> {
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  const host = await startHostProcess({ appDirectory: app.directory, env, onLine, ...options });
  cleanUps.push(async () => {
    host.kill();
    await host.exited;
  });
  return {
    ...host,
    app,
    lines,
    said: (word, howMany = 1) =>
      vi.waitFor(
        () => {
          const found = lines.filter((line) => line.includes(`${word} `));
          if (found.length < howMany) throw new Error(`no ${word} among:\n${lines.join('\n')}`);
          return found.map((line) => line.slice(line.indexOf(`${word} `) + word.length + 1));
        },
        { timeout: 20_000, interval: 50 },
      ),
  };
}
