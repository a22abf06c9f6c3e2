import pg from 'pg';
import type { BackendKey } from './cancelRequest.ts';
import type { Attempt } from './connectFailure.ts';
import { LONGEST_MESSAGE, limitMessages } from './messageLimit.ts';

/** Keeps what pg's pool forgets: how far the connection came that failed with this error. */
export type Attempts = WeakMap<Error, Attempt>;

/**
 * pg's client for one pool, with a limit on what it reads and a record of what went wrong where.
 * @param takePassword is asked for each new connection, and only if the server wants a password
 */
export function clientClass(
  attempts: Attempts,
  takePassword: () => Promise<{ password: string; isToken: boolean }>,
): new (
  options?: pg.ClientConfig,
) => pg.Client {
  return class PooledClient extends pg.Client {
    constructor(options: pg.ClientConfig = {}) {
      const attempt: Attempt = { connected: false, secured: !options.ssl, token: null };
      super({
        ...options,
        password: async () => {
          const { password, isToken } = await takePassword();
          if (isToken) attempt.token = password;
          return password;
        },
      });
      const { connection } = this;
      const onlyTheServerSpeaks = () =>
        limitMessages(connection.stream, LONGEST_MESSAGE, (type, bytes) => {
          if (type === 'row') connection.emit('rowTooLarge', bytes);
        });
      connection.once('connect', () => {
        attempt.connected = true;
        if (attempt.secured) onlyTheServerSpeaks();
      });
      // Emitted when the handshake begins; it is over when the server has sent its first message.
      connection.once('sslconnect', () => {
        connection.stream.once('secureConnect', () => {
          attempt.secured = true;
        });
        onlyTheServerSpeaks();
      });
      const note = (error: Error) => attempts.set(error, attempt);
      connection.on('error', note).on('errorMessage', note);
      // Whoever uses the client hears of it by its request; without a listener, an idle one would end the process.
      this.on('error', () => {});
    }
  };
}

/** What the server told the client for cancel requests; pg's types leave it out. */
export function backendKey(client: pg.ClientBase): BackendKey {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  return { pid: processID, secret: secretKey };
}
