import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What becomes of the exchange in which a client's bytes contain the mark; each once, then all passes. */
export type Fault =
  /** The server gets it, its answer is dropped, and the client's connection is reset. */
  | 'answer lost'
  /** The server gets it, its answer is dropped, and both connections stay open. */
  | 'answer swallowed'
  /** The server never gets it: its connection is cut. */
  | 'request lost';

export interface AnswerProxy {
  readonly port: number;
  /** From now on, for one exchange. */
  strike(mark: string, fault: Fault): void;
  struck(): boolean;
  stop(): Promise<void>;
}

/** Stands between a worker and the server's unix socket, in plain text, so that it can tell what is said. */
export async function startAnswerProxy(serverPath: string): Promise<AnswerProxy> {
  const open = new Set<Socket>();
  let armed: { mark: string; fault: Fault } | null = null;

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect(serverPath);
    let deaf = false;
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => open.delete(socket));
    }
    client.on('data', (chunk) => {
      if (armed === null || !chunk.includes(armed.mark)) return void server.write(chunk);
      const { fault } = armed;
      armed = null;
      deaf = true;
      if (fault === 'request lost') server.destroy();
      else server.write(chunk);
      if (fault === 'answer lost') server.once('data', () => client.resetAndDestroy());
      if (fault === 'request lost') client.resetAndDestroy();
    });
    server.on('data', (chunk) => {
      if (!deaf) client.write(chunk);
    });
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    // A listener on TCP has an AddressInfo.
    port: (listener.address() as AddressInfo).port,
    strike(mark, fault) {
      armed = { mark, fault };
    },
    struck: () => armed === null,
    async stop() {
      listener.close();
      for (const socket of open) socket.destroy();
    },
  };
}
