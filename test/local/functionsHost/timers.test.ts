import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeApp, runHost } from './runningHost.ts';

const yearly = '0 0 0 1 1 *';
const status = (directory: string) =>
  readFile(join(directory, '.nightshift/timers/tick.json'), 'utf8').then(JSON.parse, () => null);

test('a timer whose schedule is a setting fires at its occurrences, and keeps no status under a minute', async () => {
  const app = await makeApp('timers');
  const host = await runHost(app, { SCHEDULE: '*/2 * * * * *' });
  expect(host.functions).toEqual(['tick (timer)']);
  const ticks = (await host.said('TICK', 2)).map((line) => JSON.parse(line));
  for (const tick of ticks) {
    expect(tick).toMatchObject({ isPastDue: false, schedule: { adjustForDST: true }, scheduleStatus: null });
  }
  expect(await status(app.directory)).toBeNull();
});

test('the status outlives the host: what was missed meanwhile makes one past due invocation', async () => {
  const app = await makeApp('timers');
  const first = await runHost(app, { SCHEDULE: yearly, RUN_ON_STARTUP: 'true' });
  const [tick] = await first.said('TICK');
  expect(JSON.parse(tick ?? '')).toMatchObject({ isPastDue: false });
  await first.stop();
  const kept = await status(app.directory);
  expect(new Date(kept.next).toISOString()).toMatch(/^\d{4}-01-01T00:00:00.000Z$/);

  // The year that has gone by since.
  const past = {
    ...kept,
    last: kept.last - 366 * 86_400_000,
    next: Date.UTC(new Date().getUTCFullYear(), 0, 1),
  };
  await writeFile(join(app.directory, '.nightshift/timers/tick.json'), JSON.stringify(past));
  const second = await runHost(app, { SCHEDULE: yearly });
  const [late] = await second.said('TICK');
  expect(JSON.parse(late ?? '')).toMatchObject({
    isPastDue: true,
    scheduleStatus: { last: expect.any(String) },
  });
});

test('useMonitor false keeps no status', async () => {
  const app = await makeApp('timers');
  const host = await runHost(app, { SCHEDULE: yearly, RUN_ON_STARTUP: 'true', USE_MONITOR: 'false' });
  const [tick] = await host.said('TICK');
  expect(JSON.parse(tick ?? '')).toMatchObject({ scheduleStatus: null });
  await host.stop();
  expect(await status(app.directory)).toBeNull();
});

test('a timer that throws is said to have failed, and the host goes on', async () => {
  const app = await makeApp('timers');
  const host = await runHost(app, { SCHEDULE: '* * * * * *', THROWS: 'no database' });
  await host.said('TICK', 2);
  expect(host.lines).toContain('[tick] error: failed: no database');
});

test('stop waits for a timer invocation under way', async () => {
  const app = await makeApp('timers');
  const host = await runHost(app, { SCHEDULE: yearly, RUN_ON_STARTUP: 'true', SLEEP_MS: '2000' });
  await host.said('TICK');
  await host.stop();
  expect(await host.exited).toBe(0);
  expect((await status(app.directory)).last).toBeGreaterThan(0);
});
