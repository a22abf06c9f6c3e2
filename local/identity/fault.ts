import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How an identity endpoint can misbehave. */
export type Fault =
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Breaks the connection with a TCP reset. */
  | { readonly kind: 'reset' }
  /** Answers with this status; `retryAfter` in seconds. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  /** Status 200 with a body that is no JSON. */
  | { readonly kind: 'malformed' }
  /** Answers rightly, but this late. */
  | { readonly kind: 'slow'; readonly delayMs: number };

/** Acts the fault out. False: the request is still to be answered as usual. */
export async function actOut(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  switch (fault.kind) {
    case 'hang':
      return true;
    case 'reset':
      request.socket.resetAndDestroy();
      return true;
    case 'status':
      if (fault.retryAfter !== undefined) response.setHeader('Retry-After', String(fault.retryAfter));
      response.writeHead(fault.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: 'unknown', error_description: 'Failed to retrieve token.' }));
      return true;
    case 'malformed':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('<html><body>Service unavailable');
      return true;
    case 'slow':
      await sleep(fault.delayMs, undefined, { ref: false });
      return false;
  }
}
