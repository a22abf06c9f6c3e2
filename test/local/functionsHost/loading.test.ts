import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { makeApp, runHost } from './runningHost.ts';
import { base64, connectionString, createQueues } from './storage.ts';

const settings = async () => {
  const { queue } = await createQueues();
  return { queue, env: { TestStorage: connectionString, TEXT_QUEUE: queue.name } };
};

test('an app of ES modules whose main is a glob', async () => {
  const { env } = await settings();
  const host = await runHost(await makeApp('queues'), { ...env, BYTES_QUEUE: 'bytes-queue' });
  expect(host.functions).toEqual(['bytes (queue bytes-queue)', `text (queue ${env.TEXT_QUEUE})`]);
  expect(host.lines.at(-1)).toBe(`Functions host ready: ${host.functions.join(', ')}`);
});

test('a CommonJS app, and its hooks in their order', async () => {
  const { env, queue } = await settings();
  const host = await runHost(await makeApp('commonjs'), env);
  await queue.sendMessage(base64('x'));
  expect(await host.said('HOOKS')).toEqual(['appStart preInvocation handler postInvocation']);
  await host.stop();
  expect(host.lines).toContain('HOOKS appTerminate');
});

test('an ES module bundle with the library inside, which requires the core module by createRequire', async () => {
  const { env, queue } = await settings();
  const app = await makeApp('bundle');
  await build({
    entryPoints: [join(app.directory, 'entry.js')],
    outfile: join(app.directory, 'dist/app.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['@azure/functions-core'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  const host = await runHost(app, env);
  await queue.sendMessage(base64('"bundled"'));
  expect(await host.said('SAW')).toEqual(['"bundled"']);
});

test('an app that is not built says so', async () => {
  await expect(runHost(await makeApp('bundle'), {})).rejects.toThrow(
    'Worker was unable to load entry point "dist/app.js": no such file',
  );
});

test('what the entry point throws is the error that is shown', async () => {
  await expect(runHost(await makeApp('failsToLoad'), {})).rejects.toThrow(
    'Worker was unable to load entry point "index.js": DATABASE_URL is not set',
  );
});

test('a function that cannot be indexed is in error, says why, and the others run', async () => {
  const { env } = await settings();
  const host = await runHost(await makeApp('inError'), {
    ...env,
    BadStorage: 'AccountKey=c2VjcmV0',
    'AzureWebJobs.off.Disabled': 'true',
  });
  expect(host.functions).toEqual([`good (queue ${env.TEXT_QUEUE})`]);
  const errors = host.lines.filter((line) => line.includes('is in error'));
  const reasons = {
    noSetting: "'%NOT_THERE%' does not resolve to a value: add the app setting NOT_THERE",
    noConnection: "Storage account connection string 'NotThere' does not exist",
    badConnection: 'the app setting BadStorage is not a storage connection string',
    badName: '"no_such_name" is not a queue name',
    badSchedule: "the schedule expression '@daily' is not a valid NCRONTAB expression",
    retries: 'carries out no retry policy',
    web: 'carries out no input or output binding',
    sends: 'carries out no input or output binding',
  };
  for (const [name, reason] of Object.entries(reasons)) {
    expect(errors.find((line) => line.includes(`'${name}'`))).toContain(reason);
  }
  expect(errors).toHaveLength(Object.keys(reasons).length);
  expect(host.lines).toContain("[host] The 'off' function is disabled.");
  expect(host.lines.join()).not.toContain('c2VjcmV0');
});

test('an app none of whose functions can run does not start', async () => {
  await expect(runHost(await makeApp('commonjs'), {})).rejects.toThrow('%TEXT_QUEUE%');
});

test('a connection is looked up with the prefix AzureWebJobs first', async () => {
  const { env, queue } = await settings();
  const host = await runHost(await makeApp('commonjs'), {
    TEXT_QUEUE: env.TEXT_QUEUE,
    TestStorage: 'not looked at',
    AzureWebJobsTestStorage: env.TestStorage,
  });
  await queue.sendMessage(base64('x'));
  await host.said('HOOKS');
});

test('local.settings.json gives the settings that the environment does not have', async () => {
  const { env, queue } = await settings();
  const app = await makeApp('commonjs');
  const values = { TEXT_QUEUE: 'from-the-file', TestStorage: env.TestStorage };
  await writeFile(join(app.directory, 'local.settings.json'), JSON.stringify({ Values: values }));
  const host = await runHost(app, { TEXT_QUEUE: queue.name });
  expect(host.functions).toEqual([`common (queue ${queue.name})`]);
});

test.each([
  ['{', 'host.json is not JSON'],
  ['{}', 'version: must be "2.0"'],
  ['{"version":"2.0","extensions":{"queues":{"batchSize":33}}}', 'extensions.queues.batchSize'],
])('host.json %s stops the start with a message', async (text, message) => {
  const app = await makeApp('commonjs');
  await writeFile(join(app.directory, 'host.json'), text);
  await expect(runHost(app, {})).rejects.toThrow(message);
});

test('a local.settings.json that is broken is named, and its text is not shown', async () => {
  const app = await makeApp('commonjs');
  await writeFile(join(app.directory, 'local.settings.json'), '{ "Values": { "KEY": s3cret } }');
  const failure = await runHost(app, {}).catch((error: Error) => error.message);
  expect(failure).toContain('local.settings.json is not JSON');
  expect(failure).not.toContain('s3cret');
  expect(await readFile(join(app.directory, 'local.settings.json'), 'utf8')).toContain('s3cret');
});
