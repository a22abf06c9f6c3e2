import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** Import it first in a program that imports src/: .sql files are texts, as the build and vitest.config.ts have it. */
registerHooks({
  load: (url, context, next) =>
    url.endsWith('.sql')
      ? {
          format: 'module',
          shortCircuit: true,
          source: `export default ${JSON.stringify(readFileSync(new URL(url), 'utf8'))}`,
        }
      : next(url, context),
});
