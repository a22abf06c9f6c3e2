import { connect, type Socket } from 'node:net';

/** Connects to the server's unix socket. */
export function connectToServer(path: string): Promise<Socket> {
  const socket = connect(path);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Carries bytes both ways until either side has ended. */
export function splice(client: Socket, server: Socket): Promise<void> {
  return new Promise((resolve) => {
    server.on('error', () => server.destroy());
    client.pipe(server);
    server.pipe(client);
    // A client that is gone reads no more: the server must see that, or it would wait for it forever.
    client.on('close', () => {
      server.destroy();
      resolve();
    });
    // The other way round not at once: the server's last words are still on their way.
    server.on('close', () => client.end());
  });
}
