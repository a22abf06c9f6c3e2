import { app as functions } from '@azure/functions';
import { type App, createApp } from '../lib/app.ts';

let app: App | undefined;

/** @throws {SettingsError} */
export function startApp(): App {
  app ??= createApp();
  return app;
}

functions.hook.appTerminate(() => app?.stop());
