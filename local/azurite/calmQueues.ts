import { createRequire } from 'node:module';

/**
 * Preloaded into Azurite's process. Its queue service collects deleted messages every minute, and each removal
 * sorts its whole in-memory index: after some 10,000 messages it answers nobody for minutes (Azurite 3.37).
 * Deleted messages are never shown again either way, so collecting can wait.
 */
const DAY_MS = 24 * 60 * 60 * 1000;

const constants: { DEFAULT_GC_INTERVAL_MS: number } = createRequire(import.meta.url)(
  'azurite/dist/src/queue/utils/constants',
);
constants.DEFAULT_GC_INTERVAL_MS = DAY_MS;
