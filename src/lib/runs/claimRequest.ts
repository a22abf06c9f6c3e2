import { toJson } from '../json.ts';
import type { ClaimRequest } from '../ledger/claim.ts';
import type { RunRequest } from './request.ts';

/** A worker that dies takes its neighbours' runs along: one run may do that so often, then it has failed. */
export const MAX_CRASHES = 3;

/** @param skip end it as skipped, unless it has started */
export function claimRequestOf(request: RunRequest, skip = false): ClaimRequest {
  return {
    runId: request.runId,
    job: request.job.name,
    database: request.database,
    requestHash: request.requestHash,
    scheduledFor: request.scheduledFor,
    parameters: request.parameters,
    message: toJson(request.message),
    attempt: request.attempt,
    timeoutMs: request.job.timeoutMs,
    maxCrashes: MAX_CRASHES,
    overlap: request.job.overlap,
    skip,
    redriveOf: request.message.nightshift?.redriveOf ?? null,
  };
}
