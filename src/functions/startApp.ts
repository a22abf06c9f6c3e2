import { setTimeout as sleep } from 'node:timers/promises';
import { app as functions } from '@azure/functions';
import { type App, createApp } from '../lib/app.ts';

let app: App | undefined;

/** @throws {SettingsError} */
export function startApp(): App {
  app ??= createApp();
  return app;
}

/**
 * The worker exits right behind this hook, whatever it has yet to send (azure-functions-nodejs-worker,
 * terminateWorker.ts). An answer that does not leave it keeps its message hidden for ten minutes.
 */
const SEND_ANSWERS_MS = 200;

functions.hook.appTerminate(async () => {
  if (app === undefined) return;
  await app.stop();
  await sleep(SEND_ANSWERS_MS);
});
