import { expect, test } from 'vitest';
import { runProgram } from '../support/program.ts';

/**
 * The short form of `npm run chaos`: a fixed plan, a few hundred messages, every kind of fault. The machine's speed
 * decides when each fault meets which message, so the account is what is asserted, not the way to it: about a minute,
 * and more where a message has come to wait out its longest delay (a dead letter that found no database: five minutes).
 */
test('nothing is lost and nothing is done twice while workers, database, network and queues fail', async () => {
  const { code, stdout, stderr } = await runProgram('chaos/main.ts', [
    ...['--seed', '7', '--messages', '240', '--workers', '2', '--rate', '8', '--minutes', '1'],
    ...['--settle-seconds', '340', '--json'],
  ]);
  expect(stdout, stderr).not.toBe('');
  const { account, findings, figures } = JSON.parse(stdout);
  expect(findings, stderr).toEqual([]);
  expect(account).toEqual({ lost: 0, double: 0, untold: 0, disagreement: 0, unexpected: 0, left: 0 });
  expect(code).toBe(0);
  // Calm weather would prove nothing.
  expect(figures.messages).toBeGreaterThanOrEqual(200);
  expect(Object.keys(figures.faults).length).toBeGreaterThanOrEqual(8);
  expect(figures.outcomes['run.succeeded']).toBeGreaterThan(100);
}, 480_000);
