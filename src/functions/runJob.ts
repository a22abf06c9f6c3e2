import { triggers } from '../lib/app.ts';
import { onQueue } from './onQueue.ts';

onQueue('runJob', triggers.jobsQueue, (app, message, log) => app.runJob(message, log));
