import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { DatabaseTarget } from './databaseUrl.ts';

/** What the server told a session at its start, to be shown by whoever wants to cancel it. */
export interface BackendKey {
  readonly pid: number;
  readonly secret: number;
}

const TIMEOUT_MS = 5_000;
const SSL_REQUEST = 80_877_103;
const CANCEL_REQUEST = 80_877_102;

/**
 * Asks the server to cancel what a session is running. The request has a connection of its own, without a login, so
 * it works when all connections are taken. pg's own (Client.cancel) never speaks TLS, which Azure asks for.
 *
 * Resolves when the server has closed that connection: it has then signalled the session
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS).
 * @throws Error when the request could not be delivered within five seconds.
 */
export async function sendCancelRequest(
  target: DatabaseTarget,
  tls: ConnectionOptions | null,
  key: BackendKey,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const plain = target.host.startsWith('/')
    ? connect(`${target.host}/.s.PGSQL.${target.port}`)
    : connect(target.port, target.host);
  let asked = false;
  // The server closes at once when it has read the request, which may arrive as a reset.
  const failed = (error: NodeJS.ErrnoException) =>
    asked && error.code === 'ECONNRESET' ? resolve() : reject(error);
  const ended = () =>
    asked
      ? resolve()
      : reject(new Error('The server closed the connection before it took the cancel request.'));
  const ask = (socket: Socket) => {
    asked = true;
    socket.on('end', ended).resume();
    socket.write(message(CANCEL_REQUEST, key.pid, key.secret));
  };
  const speakTls = (options: ConnectionOptions) => {
    const secure = connectTls({ ...options, socket: plain });
    secure.on('error', failed).once('secureConnect', () => ask(secure));
  };

  plain.on('error', failed).on('close', ended);
  if (tls) {
    plain.once('connect', () => plain.write(message(SSL_REQUEST)));
    plain.once('data', (answer: Buffer) =>
      answer.toString('latin1') === 'S' ? speakTls(tls) : reject(new Error('The server does not speak TLS.')),
    );
  } else {
    plain.once('connect', () => ask(plain));
  }
  const timer = setTimeout(
    () => reject(new Error(`The cancel request was not taken within ${TIMEOUT_MS / 1000} s.`)),
    TIMEOUT_MS,
  );
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    plain.destroy();
  }
}

function message(...numbers: number[]): Buffer {
  const buffer = Buffer.alloc(4 + 4 * numbers.length);
  buffer.writeInt32BE(buffer.length, 0);
  for (const [index, number] of numbers.entries()) buffer.writeInt32BE(number, 4 + 4 * index);
  return buffer;
}
