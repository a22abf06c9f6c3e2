import type { Socket } from 'node:net';

/** The peer went away, or took too long, or sent something that no client of PostgreSQL sends. */
export class LoginBroken extends Error {}

/**
 * Reads exact numbers of bytes from a socket, and never more: what follows stays in the socket for whoever reads
 * next. (Bytes that came in the clear must not be read again as if TLS had brought them: CVE-2021-23222.)
 */
export async function readExactly(socket: Socket, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let missing = size;
  while (missing > 0) {
    // Not read(size): it leaves too little where it is, and then each wait for more is over at once.
    const chunk: Buffer | null = socket.read();
    if (chunk !== null) {
      if (chunk.length > missing) socket.unshift(chunk.subarray(missing));
      chunks.push(chunk.subarray(0, missing));
      missing -= Math.min(missing, chunk.length);
    } else if (socket.readableEnded || socket.destroyed) {
      throw new LoginBroken('The client went away.');
    } else {
      await readableOrOver(socket);
    }
  }
  return Buffer.concat(chunks);
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
