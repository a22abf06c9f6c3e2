import { randomBytes } from 'node:crypto';
import type { ClaimRequest } from '../../src/lib/ledger/claim.ts';
import type { AttemptError } from '../../src/lib/messages/resultData.ts';

/** A claim of a run of its own; a test says what matters to it. */
export function claimOf(change: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    runId: `user:${randomBytes(6).toString('hex')}`,
    job: 'a-job',
    database: 'main',
    requestHash: 'hash',
    scheduledFor: null,
    parameters: {},
    message: '{}',
    attempt: 1,
    timeoutMs: 60_000,
    maxCrashes: 3,
    overlap: 'parallel',
    redriveOf: null,
    ...change,
  };
}

/** What an attempt failed with, as the ledger keeps it. */
export function anError(attempt: number): AttemptError {
  return {
    attempt,
    at: '2026-01-01T00:00:00.000Z',
    sqlState: '40P01',
    message: 'deadlock detected',
    detail: null,
    hint: null,
    file: null,
    line: null,
    column: null,
    retryable: true,
  };
}
