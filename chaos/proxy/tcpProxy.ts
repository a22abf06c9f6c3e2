import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Who does not hear any more that the connection has ended. */
export type HalfOpen = 'worker' | 'server' | 'both';

export interface TcpProxy {
  readonly port: number;
  /** Breaks connections with a TCP reset; each with this probability. @returns how many */
  cut(share: () => boolean): number;
  /**
   * The open connections fall silent: for `worker`, the server's end is gone and the worker's stays; for `server`
   * the other way round; for `both`, nothing passes between two ends that stay. New connections are as usual.
   *
   * @returns ends what is left of them, as TCP does in the end
   */
  halfOpen(side: HalfOpen): { readonly count: number; end(): void };
  /** From now on new connections are reset; with `false` they are as usual again. */
  refuse(refusing: boolean): void;
  stop(): void;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  silent: boolean;
}

/** Stands between the workers and a server on 127.0.0.1, and carries bytes: what is in them is encrypted. */
export async function startTcpProxy(serverPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let refusing = false;

  const listener = createServer({ noDelay: true }, (client) => {
    if (refusing) return reset(client);
    const server = connect({ port: serverPort, host: '127.0.0.1', noDelay: true });
    const pair: Pair = { client, server, silent: false };
    pairs.add(pair);
    relay(pair, client, server);
    relay(pair, server, client);
    for (const socket of [client, server]) {
      socket.once('close', () => {
        if (client.closed && server.closed) pairs.delete(pair);
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  const open = () => [...pairs].filter((pair) => !pair.silent);
  return {
    // A listener on TCP has an AddressInfo.
    port: (listener.address() as AddressInfo).port,
    cut(share) {
      const chosen = open().filter(share);
      for (const pair of chosen) end(pair);
      return chosen.length;
    },
    halfOpen(side) {
      const chosen = open();
      for (const pair of chosen) {
        pair.silent = true;
        if (side === 'worker') reset(pair.server);
        if (side === 'server') reset(pair.client);
      }
      return {
        count: chosen.length,
        end: () => {
          for (const pair of chosen) end(pair);
        },
      };
    },
    refuse(next) {
      refusing = next;
    },
    stop() {
      listener.close();
      for (const pair of pairs) end(pair);
    },
  };
}

function relay(pair: Pair, from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    if (pair.silent) return;
    if (!to.write(bytes)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('error', () => from.destroy());
  from.on('end', () => {
    if (!pair.silent) to.end();
  });
  from.on('close', () => {
    if (!pair.silent) to.destroySoon();
  });
}

function end({ client, server }: Pair): void {
  reset(client);
  reset(server);
}

/** A socket that has said its last word cannot be reset. */
function reset(socket: Socket): void {
  if (socket.writable && !socket.connecting) socket.resetAndDestroy();
  else socket.destroy();
}
