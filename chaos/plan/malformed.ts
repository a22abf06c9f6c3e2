import type { Random } from '../random.ts';

/** A body that no run can be made of, with the token somewhere in it. */
export function malformedBody(random: Random, token: string): string {
  return random.pick([
    // Broken off.
    `{"job": "counter", "runId": "${token}"`,
    // Neither JSON, nor a job's name, nor base64.
    `What is this? ${token}!`,
    JSON.stringify({ job: 'no-such-job', runId: token }),
    JSON.stringify({ job: 'counter', run_id: token }),
    JSON.stringify({ job: 'counter', runId: token, parameters: { amount: 'a lot', counter: 'counter-0' } }),
    JSON.stringify({ job: 'counter', runId: token, parameters: { amount: 1 } }),
    JSON.stringify({ job: 'counter', runId: token, database: 'elsewhere' }),
    JSON.stringify([token]),
  ]);
}
