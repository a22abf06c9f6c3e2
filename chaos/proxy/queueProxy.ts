import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * - `reset`, `busy` (status 503), `hang`: the service is away, each in its way.
 * - `full`: it takes no more messages (status 503), and does all else.
 * - `answers`: it does what it is asked, and some of its answers are lost; who sent a message sends it again.
 * - `early`: a message that asks for a run's next attempt is seen at once, however long it was to be hidden.
 * - `lost`: it says that it has a message which asks for a run's next attempt, and has it not.
 */
export type QueueFault = 'reset' | 'busy' | 'hang' | 'full' | 'answers' | 'early' | 'lost';

export interface QueueProxy {
  readonly port: number;
  /** From now on; null mends it, and breaks the connections that a `hang` has left waiting. */
  fault(fault: QueueFault | null): void;
  /** How many requests have met a fault so far. */
  met(): number;
  stop(): void;
}

/** Stands between the workers and the queue service. The signature must not cover the address: it is rewritten. */
export async function startQueueProxy(servicePort: number, share: () => boolean): Promise<QueueProxy> {
  const agent = new Agent({ keepAlive: true });
  const waiting = new Set<ServerResponse>();
  let fault: QueueFault | null = null;
  let met = 0;

  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    const body = await buffer(incoming);
    const isSend = incoming.method === 'POST' && url.pathname.endsWith('/messages');
    const now = fault;
    if (now === 'reset' || now === 'busy' || (now === 'full' && isSend) || now === 'hang') {
      met += 1;
      if (now === 'reset') incoming.socket.resetAndDestroy();
      else if (now !== 'hang') response.writeHead(503, { 'content-type': 'application/xml' }).end(BUSY);
      else waiting.add(response);
      return;
    }
    if (isSend && isHeartbeat(body)) {
      response.writeHead(201, { 'content-type': 'application/xml' }).end(TAKEN);
      return;
    }
    if (now === 'early' && isSend && asksForNextAttempt(body)) {
      met += 1;
      url.searchParams.set('visibilitytimeout', '0');
    }
    if (now === 'lost' && isSend && asksForNextAttempt(body)) {
      met += 1;
      response.writeHead(201, { 'content-type': 'application/xml' }).end(TAKEN);
      return;
    }
    const answer = await forward(agent, servicePort, incoming, url, body);
    if (now === 'answers' && share()) {
      met += 1;
      answer.resume();
      incoming.socket.resetAndDestroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  };

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    // A server that listens on TCP has an AddressInfo.
    port: (server.address() as AddressInfo).port,
    fault(next) {
      fault = next;
      for (const response of waiting) response.socket?.destroy();
      waiting.clear();
    },
    met: () => met,
    stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

const BUSY =
  '<?xml version="1.0"?><Error><Code>ServerBusy</Code><Message>The server is busy.</Message></Error>';
const TAKEN =
  '<?xml version="1.0"?><QueueMessagesList><QueueMessage><MessageId>00000000-0000-0000-0000-000000000000</MessageId>' +
  '<InsertionTime>Thu, 01 Jan 2026 00:00:00 GMT</InsertionTime><ExpirationTime>Fri, 31 Dec 9999 23:59:59 GMT</ExpirationTime>' +
  '<PopReceipt>none</PopReceipt><TimeNextVisible>Thu, 01 Jan 2026 00:00:00 GMT</TimeNextVisible></QueueMessage></QueueMessagesList>';

async function forward(
  agent: Agent,
  port: number,
  incoming: IncomingMessage,
  url: URL,
  body: Buffer,
): Promise<IncomingMessage> {
  const outgoing = request({
    agent,
    port,
    host: '127.0.0.1',
    method: incoming.method,
    path: url.pathname + url.search,
    headers: incoming.headers,
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}

/** Taken and forgotten: one is always on the queue while ticks come, and no queue would ever be empty. */
const isHeartbeat = (body: Buffer) => textOf(body).startsWith('{"nightshiftHeartbeat"');

/** A retry's message: the ledger has the run as waiting for it, and the sweep is to find that it does not come. */
function asksForNextAttempt(body: Buffer): boolean {
  const own = /"nightshift":\{.*?"attempt":(\d+),"deferrals":(\d+)/s.exec(textOf(body));
  return own !== null && Number(own[1]) > 1 && own[2] === '0';
}

/** A message of the app's, out of the request that puts it on its queue. */
function textOf(body: Buffer): string {
  const text = /<MessageText>(.*)<\/MessageText>/s.exec(body.toString())?.[1];
  return text === undefined ? '' : Buffer.from(text, 'base64').toString();
}
