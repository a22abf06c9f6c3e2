import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { parseTimeSpan } from './timeSpan.ts';

export interface QueueOptions {
  /** Messages asked for at once, 1 to 32. */
  readonly batchSize: number;
  /** The next batch is fetched when no more than this many messages are still being processed. */
  readonly newBatchThreshold: number;
  readonly maxPollingIntervalMs: number;
  /** How long a message stays hidden after a failed invocation. It is not the lock. */
  readonly visibilityTimeoutMs: number;
  readonly maxDequeueCount: number;
  readonly messageEncoding: 'base64' | 'none';
}

export interface HostOptions {
  readonly queues: QueueOptions;
  /** Null: no limit. */
  readonly functionTimeoutMs: number | null;
  readonly logLevel: LogLevel;
}

export const LOG_LEVELS = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const timeSpan = z.string().transform((text, context) => {
  const ms = parseTimeSpan(text);
  if (ms === null) {
    context.addIssue(`"${text}" is not a time span: write hh:mm:ss`);
    return z.NEVER;
  }
  return ms;
});

/** .NET reads option names without regard to case, and so must we for the values that are names. */
const lowerCase = z.string().transform((text) => text.toLowerCase());

// Defaults and ranges: QueuesOptions.cs of Microsoft.Azure.WebJobs.Extensions.Storage.Queues.
const queuesSchema = z
  .object({
    batchSize: z.coerce.number().int().min(1).max(32).default(16),
    newBatchThreshold: z.coerce.number().int().min(0).optional(),
    maxPollingInterval: timeSpan.pipe(z.number().min(100, 'must not be under 100 ms')).default(60_000),
    visibilityTimeout: timeSpan.default(0),
    maxDequeueCount: z.coerce.number().int().min(1).default(5),
    messageEncoding: lowerCase.pipe(z.enum(['base64', 'none'])).default('base64'),
  })
  .prefault({});

const hostJsonSchema = z.object({
  version: z.literal('2.0', 'must be "2.0"'),
  // Without one, every plan but Consumption allows 30 minutes; "-1" is no limit.
  functionTimeout: z.union([z.literal('-1').transform(() => null), timeSpan]).default(30 * 60_000),
  extensions: z.object({ queues: queuesSchema }).prefault({}),
  logging: z
    .object({ logLevel: z.record(z.string(), lowerCase.pipe(z.enum(LOG_LEVELS))).default({}) })
    .prefault({}),
});

/**
 * Reads host.json's text. A setting `AzureFunctionsJobHost__path__to__option` takes the place of the file's
 * option, as in the real host.
 *
 * @param cores for newBatchThreshold's default, batchSize / 2 x cores
 * @throws Error that names every bad option by its path
 */
export function parseHostJson(
  text: string,
  settings: Readonly<Record<string, string | undefined>> = {},
  cores: number = availableParallelism(),
): HostOptions {
  const json = override(readObject(text), settings);
  const result = hostJsonSchema.safeParse(json);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`host.json is not valid: ${problems.join('; ')}`);
  }
  const { functionTimeout, extensions, logging } = result.data;
  const { newBatchThreshold, maxPollingInterval, visibilityTimeout, ...queues } = extensions.queues;
  return {
    queues: {
      ...queues,
      newBatchThreshold: newBatchThreshold ?? Math.floor(queues.batchSize / 2) * cores,
      maxPollingIntervalMs: maxPollingInterval,
      visibilityTimeoutMs: visibilityTimeout,
    },
    functionTimeoutMs: functionTimeout,
    logLevel: logging.logLevel['Function'] ?? logging.logLevel['default'] ?? 'information',
  };
}

type JsonObject = Record<string, unknown>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readObject(text: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`host.json is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(json)) throw new Error('host.json is not valid: it must be a JSON object');
  return json;
}

function override(json: JsonObject, settings: Readonly<Record<string, string | undefined>>): JsonObject {
  const result = structuredClone(json);
  for (const [name, value] of Object.entries(settings)) {
    const [prefix, ...path] = name.split('__');
    const option = path.pop();
    if (prefix !== 'AzureFunctionsJobHost' || option === undefined || value === undefined) continue;
    let parent = result;
    for (const key of path) {
      const child = parent[key];
      const next = isObject(child) ? child : {};
      parent[key] = next;
      parent = next;
    }
    parent[option] = value;
  }
  return result;
}
