import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSettings, SettingsError } from '../../src/lib/settings.ts';
import { page, section } from './pages.ts';

const settings = page('docs/settings.md');
const told = [...settings.text.matchAll(/^### `([\w<>]+)`$/gm)].map(([, name = '']) => name);

/** Read elsewhere: by setup, or before anything is checked. */
const ELSEWHERE = ['TICK_SCHEDULE', 'SETUP_DATABASE_URL', 'SETUP_DATABASE_URL_<NAME>'];
const WHOLE = {
  DATABASE_URL: 'postgresql://app@db.example.com/shop',
  JobsStorage: 'UseDevelopmentStorage=true',
};

const problemsOf = (environment: Record<string, string>): string[] => {
  try {
    parseSettings(environment);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ setting }) => setting);
  }
};

test('docs/settings.md tells every setting of the code', () => {
  const code = readFileSync('src/lib/settings.ts', 'utf8');
  const schema = /const schema = z\.object\(\{([\s\S]*?)\n\}\);/.exec(code)?.[1] ?? '';
  const inSchema = [...schema.matchAll(/^ {2}(\w+):/gm)].map(([, name = '']) => name);
  const others = [...code.matchAll(/given\['(\w+)'\]/g)].map(([, name = '']) => name);
  const app = readFileSync('src/lib/app.ts', 'utf8');
  const raw = [...app.matchAll(/process\.env\['(\w+)'\]/g)].map(([, name = '']) => name);
  expect(inSchema.length).toBeGreaterThan(14);
  const missing = [...new Set([...inSchema, ...others, ...raw])].filter(
    (name) => !settings.text.includes(`\`${name}\``),
  );
  expect(missing).toEqual([]);
});

test('the code knows every setting that docs/settings.md tells', () => {
  for (const name of told.filter((each) => !ELSEWHERE.includes(each))) {
    const setting = name.replace('<NAME>', 'EU');
    // Nothing is a queue name, an address, a number and a GUID at once.
    expect(problemsOf({ ...WHOLE, [setting]: 'not-Valid!' }), setting).toContain(setting);
  }
  expect(readFileSync('src/lib/app.ts', 'utf8')).toContain("process.env['TICK_SCHEDULE']");
  expect(readFileSync('src/cli/setup/setupPlan.ts', 'utf8')).toContain('SETUP_');
});

test('the defaults are those of the code', () => {
  const { queues, cloud, messageEncoding, maxDeferralMs } = parseSettings(WHOLE);
  const defaults: Record<string, string> = {
    JOBS_QUEUE: queues.jobs,
    QUERIES_QUEUE: queues.queries,
    RESULTS_QUEUE: queues.results,
    AZURE_CLOUD: cloud,
    MESSAGE_ENCODING: messageEncoding,
    MAX_DEFERRAL_HOURS: String(maxDeferralMs / 3_600_000),
    TICK_SCHEDULE: /'TICK_SCHEDULE'\] \|\| '([^']+)'/.exec(readFileSync('src/lib/app.ts', 'utf8'))?.[1] ?? '',
    ...numbersOfSchema(),
  };
  for (const [name, value] of Object.entries(defaults)) {
    expect(section(settings, `### \`${name}\``)).toContain(`Default: \`${value}\``);
  }
});

/** As the code writes them: `RETENTION_DAYS: wholeNumber(14, 3650).default(90)`. */
function numbersOfSchema(): Record<string, string> {
  const code = readFileSync('src/lib/settings.ts', 'utf8');
  const found = [...code.matchAll(/^ {2}([A-Z_]+): wholeNumber\([^)]*\)\.default\(([\d_]+)\)/gm)];
  expect(found.length).toBeGreaterThan(3);
  return Object.fromEntries(found.map(([, name, value]) => [name, value?.replaceAll('_', '')]));
}

test('the addresses that it shows are taken', () => {
  const urls = [...settings.text.matchAll(/`(postgresql:\/\/[^`]+)`/g)].map(([, url = '']) => url);
  expect(urls.length).toBeGreaterThan(1);
  for (const url of urls) expect(problemsOf({ ...WHOLE, DATABASE_URL: url })).toEqual([]);
});
