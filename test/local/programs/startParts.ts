/** Starts PostgreSQL, Azurite and a guarded program, prints what is to be gone after its own death, and waits. */
import { dirname } from 'node:path';
import { startAzurite } from '../../../local/azurite.ts';
import { startGuarded } from '../../../local/guard.ts';
import { startPostgres } from '../../../local/postgres.ts';

const [postgres, azurite] = await Promise.all([startPostgres({ durable: false }), startAzurite()]);
// A program that does not care about the signal that asks it to end.
const stubborn = startGuarded('/bin/sh', ['-c', 'trap "" TERM; while :; do sleep 0.1; done']);
console.log(
  JSON.stringify({
    pids: [postgres.pid(), azurite.pid, stubborn.pid],
    folder: dirname(postgres.socketDirectory),
  }),
);
setInterval(() => {}, 1000);
