import type { HttpClient, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';

type Pipeline = typeof import('@azure/core-rest-pipeline');

/**
 * The HTTP client that @azure/identity is given, the one public seam to what it lacks (4.14, msal-node 7):
 *
 * - A time limit on each request. msal passes no abortSignal on; a hanging endpoint would hold it for minutes.
 * - The endpoint's own reason. msal replaces every network error by "network_error", and copies an answer that is not
 *   JSON, token and all, into its message; both become an error answer that says what happened.
 * - No cache. msal hands out a token until five minutes before its end and has no way to be asked for another
 *   (ManagedIdentityCredential passes neither forceRefresh nor claims on), so there would be neither an early refresh
 *   nor a replacement. msal files a token under the resource that the answer names and looks for it under the one it
 *   asked for: an answer that names another is used, and never found again. token.ts is the cache.
 *
 * msal keeps the first client of a process for all credentials, so every credential of the app must come from here.
 */
export function managedIdentityHttp(pipeline: Pipeline, requestTimeoutMs: number): HttpClient {
  const inner = pipeline.createDefaultHttpClient();
  return {
    async sendRequest(request) {
      // Anything else passes as it is: the probe that looks for an IMDS at all, a developer's login.
      if (!asksForManagedIdentity(request)) return inner.sendRequest(request);
      request.timeout = requestTimeoutMs;
      try {
        return readable(await inner.sendRequest(request));
      } catch (error) {
        return failed(pipeline, request, error, requestTimeoutMs);
      }
    },
  };
}

const asksForManagedIdentity = ({ headers }: PipelineRequest) =>
  headers.has('x-identity-header') || headers.get('metadata') === 'true';

/** An answer as msal should see it. */
function readable(response: PipelineResponse): PipelineResponse {
  const answer = jsonObject(response.bodyAsText);
  if (response.status >= 300) {
    if (answer) return response;
    return refusal(response, response.status, `The identity endpoint answered ${response.status}.`);
  }
  if (typeof answer?.['access_token'] !== 'string' || answer['access_token'] === '') {
    return refusal(response, 502, `The identity endpoint answered ${response.status} without a token.`);
  }
  return { ...response, bodyAsText: JSON.stringify({ ...answer, resource: 'not-to-be-found-again' }) };
}

function failed(
  { createHttpHeaders }: Pipeline,
  request: PipelineRequest,
  error: unknown,
  timeoutMs: number,
): PipelineResponse {
  const { host } = new URL(request.url);
  const code = (error as { code?: unknown }).code;
  const response = { request, headers: createHttpHeaders(), status: 503 };
  if (error instanceof Error && error.name === 'AbortError') {
    // 400: not tried again at once, or a hanging endpoint would take three time limits.
    return refusal(
      response,
      400,
      `The identity endpoint at ${host} did not answer within ${timeoutMs / 1000} s.`,
    );
  }
  return refusal(response, 503, `The identity endpoint at ${host} cannot be reached (${String(code)}).`);
}

const refusal = (response: PipelineResponse, status: number, description: string): PipelineResponse => ({
  ...response,
  status,
  bodyAsText: JSON.stringify({ error: 'no_token', error_description: description }),
});

function jsonObject(text: string | null | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    // An object that came from JSON has string keys.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
