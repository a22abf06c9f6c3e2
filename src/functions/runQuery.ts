import { triggers } from '../lib/app.ts';
import { onQueue } from './onQueue.ts';

onQueue('runQuery', triggers.queriesQueue, (app, message, log) => app.runQuery(message, log));
