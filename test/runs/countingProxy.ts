import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CountingProxy {
  readonly port: number;
  /** What was sent to the server in each round trip since the last call, as text, over all connections. */
  roundTrips(): string[];
  stop(): Promise<void>;
}

/**
 * Carries bytes to the server's unix socket, in plain text. A round trip is whatever a client sends until the server
 * answers, in however many packets.
 */
export async function startCountingProxy(serverPath: string): Promise<CountingProxy> {
  const open = new Set<Socket>();
  let trips: string[] = [];

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect(serverPath);
    let asking = '';
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => open.delete(socket));
    }
    client.on('data', (chunk) => {
      asking += chunk.toString('latin1');
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (asking !== '') trips.push(asking);
      asking = '';
      client.write(chunk);
    });
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    // A listener on TCP has an AddressInfo.
    port: (listener.address() as AddressInfo).port,
    roundTrips() {
      const since = trips;
      trips = [];
      return since;
    },
    async stop() {
      listener.close();
      for (const socket of open) socket.destroy();
    },
  };
}
