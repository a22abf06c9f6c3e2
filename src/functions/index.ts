import './schedule.ts';
import './runJob.ts';
import './runQuery.ts';
import './deadLetter.ts';
import { startApp } from './startApp.ts';

// All of them are registered by now: a bad setting shows as itself, and no message is taken from its queue for it.
startApp();
