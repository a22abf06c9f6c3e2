import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '../temporaryFolder.ts';
import { FrontendMessages } from './frontendMessages.ts';

/**
 * What happens to a COMMIT on its way:
 * - `request`: the connection breaks before the server has it; the transaction is rolled back.
 * - `answer`: the server commits, and the connection breaks before it has said so.
 * - `silence`: the server commits, its answer is lost, and nobody hears that the connection is no more.
 */
export type CommitFault = 'request' | 'answer' | 'silence';

export interface CommitProxy {
  /** Where the front finds the server: a folder with a unix socket, as the server has it. */
  readonly server: { readonly socketDirectory: string; readonly port: number };
  /** The next `count` commits meet this fault. */
  arm(fault: CommitFault, count: number): void;
  /** Takes the fault off, and ends the connections that it silenced. @returns how many commits met it */
  disarm(): number;
  stop(): void;
}

const COMMIT = Buffer.from('COMMIT\0');
const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/**
 * Stands between the TLS front and the server's unix socket, where the bytes are plain, and looks for the COMMIT that
 * ends a run: a simple query whose text ends in that word.
 */
export async function startCommitProxy(server: CommitProxy['server']): Promise<CommitProxy> {
  // Whoever may enter it logs in as anybody: it is closed to others.
  const folder = await temporaryFolder('commit');
  const socketName = `.s.PGSQL.${server.port}`;
  const open = new Set<Socket>();
  const silenced: (() => void)[] = [];
  let armed: { readonly fault: CommitFault; left: number } | null = null;
  let met = 0;

  const listener = createServer((client) => {
    const upstream = connect(join(server.socketDirectory, socketName));
    const messages = new FrontendMessages();
    let answer: 'passes' | 'is lost' | 'is lost and ends' = 'passes';
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        open.delete(socket);
        if (answer !== 'is lost') end();
      });
    }
    client.on('data', (bytes) => {
      for (const message of messages.read(bytes)) {
        if (armed && armed.left > 0 && message.subarray(-COMMIT.length).equals(COMMIT)) {
          armed.left -= 1;
          met += 1;
          if (armed.fault === 'request') return end();
          answer = armed.fault === 'answer' ? 'is lost and ends' : 'is lost';
          if (answer === 'is lost') silenced.push(end);
        }
        upstream.write(message);
      }
    });
    upstream.on('data', (bytes) => {
      if (answer === 'passes') client.write(bytes);
      // The last message of an answer: Z, its length (5), and the transaction's state.
      else if (answer === 'is lost and ends' && bytes.at(-6) === READY_FOR_QUERY) end();
    });
  });
  listener.listen(join(folder.path, socketName));
  await once(listener, 'listening');

  return {
    server: { socketDirectory: folder.path, port: server.port },
    arm(fault, count) {
      armed = { fault, left: count };
      met = 0;
    },
    disarm() {
      armed = null;
      for (const end of silenced.splice(0)) end();
      return met;
    },
    stop() {
      listener.close();
      for (const socket of open) socket.destroy();
      folder.remove();
    },
  };
}
