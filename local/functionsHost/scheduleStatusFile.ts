import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ScheduleStatus } from './scheduleMonitor.ts';

const schema = z.object({
  last: z.number().nullable(),
  next: z.number(),
  lastUpdated: z.number().nullable(),
});

/** Where a timer's status survives the host: `.nightshift/timers/<function>.json` in the app's directory. */
export interface ScheduleStatusFile {
  /** @returns null when there is none, or none that can be read */
  read(): Promise<ScheduleStatus | null>;
  write(status: ScheduleStatus): Promise<void>;
}

export function scheduleStatusFile(appDirectory: string, functionName: string): ScheduleStatusFile {
  const directory = join(appDirectory, '.nightshift', 'timers');
  const file = join(directory, `${functionName}.json`);
  return {
    async read() {
      try {
        return schema.parse(JSON.parse(await readFile(file, 'utf8')));
      } catch {
        return null;
      }
    },
    async write(status) {
      await mkdir(directory, { recursive: true });
      // Renamed into place: a host that dies half way leaves the status before.
      await writeFile(`${file}.new`, JSON.stringify(status));
      await rename(`${file}.new`, file);
    },
  };
}
