import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** The build inlines .sql files as text (esbuild's text loader); the tests read them the same way. */
const sqlAsText = {
  name: 'sql-as-text',
  enforce: 'pre' as const,
  load(id: string) {
    return id.endsWith('.sql') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : null;
  },
};

export default defineConfig({
  plugins: [sqlAsText],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/globalSetup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What a test waits for comes soon; the machine may be busy.
    expect: { poll: { timeout: 10_000 } },
    maxWorkers: 2,
    coverage: { provider: 'v8', include: ['src/**', 'local/**'], reporter: ['text-summary', 'html'] },
  },
});
