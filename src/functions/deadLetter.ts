import { triggers } from '../lib/app.ts';
import { onQueue } from './onQueue.ts';

// The host copies here what five deliveries could not get done, and what it cannot hand over at all.
onQueue('deadLetterJob', `${triggers.jobsQueue}-poison`, (app, message, log) =>
  app.receiveDeadLetter(message, log),
);
onQueue('deadLetterQuery', `${triggers.queriesQueue}-poison`, (app, message, log) =>
  app.receiveDeadLetter(message, log),
);
