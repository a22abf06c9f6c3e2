import { describe, expect, test } from 'vitest';
import { parseHostJson } from '../../../local/functionsHost/hostJson.ts';
import { parseTimeSpan } from '../../../local/functionsHost/timeSpan.ts';

const hostJson = (options: Record<string, unknown>) => JSON.stringify({ version: '2.0', ...options });
const queues = (options: Record<string, unknown>) => hostJson({ extensions: { queues: options } });

describe('parseHostJson', () => {
  test("has the real host's defaults", () => {
    expect(parseHostJson(hostJson({}), {}, 2)).toEqual({
      queues: {
        batchSize: 16,
        newBatchThreshold: 16,
        maxPollingIntervalMs: 60_000,
        visibilityTimeoutMs: 0,
        maxDequeueCount: 5,
        messageEncoding: 'base64',
      },
      functionTimeoutMs: 1_800_000,
      logLevel: 'information',
    });
  });

  test('newBatchThreshold is half a batch for each core, unless it is set, even to 0', () => {
    expect(parseHostJson(queues({ batchSize: 5 }), {}, 4).queues.newBatchThreshold).toBe(8);
    expect(
      parseHostJson(queues({ batchSize: 5, newBatchThreshold: 0 }), {}, 4).queues.newBatchThreshold,
    ).toBe(0);
  });

  test('reads time spans and an encoding in any case', () => {
    const options = {
      maxPollingInterval: '00:00:01',
      visibilityTimeout: '00:01:30',
      messageEncoding: 'None',
    };
    expect(parseHostJson(queues(options)).queues).toMatchObject({
      maxPollingIntervalMs: 1_000,
      visibilityTimeoutMs: 90_000,
      messageEncoding: 'none',
    });
  });

  test('functionTimeout -1 is no limit', () => {
    expect(parseHostJson(hostJson({ functionTimeout: '-1' })).functionTimeoutMs).toBeNull();
    expect(parseHostJson(hostJson({ functionTimeout: '00:10:00' })).functionTimeoutMs).toBe(600_000);
  });

  test('a setting AzureFunctionsJobHost__... takes the place of an option', () => {
    const settings = {
      AzureFunctionsJobHost__extensions__queues__batchSize: '4',
      AzureFunctionsJobHost__functionTimeout: '00:00:05',
    };
    const options = parseHostJson(queues({ batchSize: 8, maxDequeueCount: 3 }), settings);
    expect(options.queues).toMatchObject({ batchSize: 4, maxDequeueCount: 3 });
    expect(options.functionTimeoutMs).toBe(5_000);
  });

  test('tells every bad option by its path', () => {
    const bad = queues({
      batchSize: 0,
      maxPollingInterval: '00:00:00.050',
      visibilityTimeout: 'soon',
      maxDequeueCount: 0,
    });
    for (const path of ['batchSize', 'maxPollingInterval', 'visibilityTimeout', 'maxDequeueCount']) {
      expect(() => parseHostJson(bad)).toThrow(`extensions.queues.${path}`);
    }
  });

  test.each(['[]', 'null', '{"version":"3.0"}', '// {}'])('refuses %s', (text) => {
    expect(() => parseHostJson(text)).toThrow('host.json is not');
  });
});

describe('parseTimeSpan', () => {
  test.each([
    ['00:00:01', 1_000],
    ['00:00:00.200', 200],
    ['00:05', 300_000],
    ['1.02:03:04.5', 93_784_500],
    ['24:00:00', null],
    ['5', null],
    ['00:60:00', null],
    ['-00:00:01', null],
  ])('%s is %s ms', (text, ms) => {
    expect(parseTimeSpan(text)).toBe(ms);
  });
});
