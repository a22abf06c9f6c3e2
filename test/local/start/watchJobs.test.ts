import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchJobs } from '../../../local/start/watchJobs.ts';

let project: string;
let changes: number;
let watcher: { close(): void };

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'nightshift watch '));
  mkdirSync(join(project, 'jobs', 'billing'), { recursive: true });
  write('close-day.sql', 'SELECT 1;');
  changes = 0;
  watcher = watchJobs(project, async () => {
    changes += 1;
  });
});
afterEach(() => {
  watcher.close();
  rmSync(project, { recursive: true });
});

const path = (name: string) => join(project, 'jobs', name);
const write = (name: string, sql: string) => writeFileSync(path(name), sql);

/** As git, `sed -i` and many editors do. */
function replace(name: string, sql: string): void {
  write(`.${name}.tmp`, sql);
  renameSync(path(`.${name}.tmp`), path(name));
}

/** Does something, and waits until it was noticed. */
async function expectNoticed(change: () => void): Promise<void> {
  const before = changes;
  change();
  await vi.waitFor(() => expect(changes).toBeGreaterThan(before), { timeout: 10_000 });
}

test('a file that is written, replaced and written again is noticed each time', async () => {
  await expectNoticed(() => write('close-day.sql', 'SELECT 2;'));
  await expectNoticed(() => replace('close-day.sql', 'SELECT 3;'));
  await expectNoticed(() => write('close-day.sql', 'SELECT 4;'));
});

test('a file in a folder, also in one that is new, is noticed', async () => {
  await expectNoticed(() => write('billing/invoices.sql', 'SELECT 1;'));
  await expectNoticed(() => mkdirSync(path('reports')));
  await expectNoticed(() => write('reports/top.sql', 'SELECT 1;'));
  await expectNoticed(() => rmSync(path('reports'), { recursive: true }));
});

test('a folder jobs/ that is taken away and comes back is watched as before', async () => {
  await expectNoticed(() => {
    renameSync(join(project, 'jobs'), join(project, 'elsewhere'));
    setTimeout(() => renameSync(join(project, 'elsewhere'), join(project, 'jobs')), 700);
  });
  await expectNoticed(() => write('close-day.sql', 'SELECT 5;'));
});
