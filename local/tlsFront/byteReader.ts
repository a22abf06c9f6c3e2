import type { Socket } from 'node:net';

/** The peer went away, or took too long, or sent something that no client of PostgreSQL sends. */
export class LoginBroken extends Error {}

/**
 * Reads exact numbers of bytes from a socket, and never more: what follows stays in the socket for whoever reads
 * next. (Bytes that came in the clear must not be read again as if TLS had brought them: CVE-2021-23222.)
 */
export async function readExactly(socket: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(size);
    // At its end a stream gives what is left, however little.
    if (bytes !== null && bytes.length === size) return bytes;
    if (bytes !== null || socket.readableEnded || socket.destroyed)
      throw new LoginBroken('The client went away.');
    await readableOrOver(socket);
  }
}

function readableOrOver(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const events = ['readable', 'end', 'close', 'error'] as const;
    const done = () => {
      for (const event of events) socket.off(event, done);
      resolve();
    };
    for (const event of events) socket.on(event, done);
  });
}
