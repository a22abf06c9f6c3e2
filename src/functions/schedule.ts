import { app } from '@azure/functions';
import { triggers } from '../lib/app.ts';
import { invocationLog } from './invocationLog.ts';
import { startApp } from './startApp.ts';

app.timer('schedule', {
  schedule: triggers.tick,
  handler: (_timer, context) => startApp().tick(invocationLog(context)),
});
