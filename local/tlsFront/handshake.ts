import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { LoginBroken, readExactly } from './byteReader.ts';
import {
  CANCEL_REQUEST,
  ENCRYPTION_REFUSED,
  GSSENC_REQUEST,
  readStartupParameters,
  SSL_REQUEST,
  type StartupParameters,
  TLS_ACCEPTED,
} from './protocol.ts';

/** What a new connection turned out to want. `packet` is to be sent to the server as it came. */
export type Opening =
  | { readonly kind: 'cancel'; readonly socket: Socket; readonly packet: Buffer }
  | ({
      readonly kind: 'login';
      readonly socket: Socket;
      readonly packet: Buffer;
      readonly encrypted: boolean;
    } & StartupParameters);

/** PostgreSQL's own limit (MAX_STARTUP_PACKET_LENGTH). */
const LONGEST_PACKET = 10_000;

/** Reads up to the first packet that is no talk about encryption, with TLS begun when the client asked for it. */
export async function openConnection(plain: Socket, context: SecureContext): Promise<Opening> {
  let socket = plain;
  for (;;) {
    const packet = await readPacket(socket);
    const code = packet.readInt32BE(4);
    if (code === SSL_REQUEST && socket === plain) {
      socket = await beginTls(plain, context);
    } else if (code === GSSENC_REQUEST) {
      socket.write(ENCRYPTION_REFUSED);
    } else if (code === CANCEL_REQUEST) {
      return { kind: 'cancel', socket, packet };
    } else if (code >>> 16 === 3) {
      return {
        kind: 'login',
        socket,
        packet,
        encrypted: socket !== plain,
        ...readStartupParameters(packet.subarray(8)),
      };
    } else {
      throw new LoginBroken(`This is no client of PostgreSQL (request code ${code}).`);
    }
  }
}

async function readPacket(socket: Socket): Promise<Buffer> {
  const head = await readExactly(socket, 4);
  const length = head.readInt32BE(0);
  if (length < 8 || length > LONGEST_PACKET) throw new LoginBroken('This is no client of PostgreSQL.');
  return Buffer.concat([head, await readExactly(socket, length - 4)]);
}

async function beginTls(plain: Socket, secureContext: SecureContext): Promise<TLSSocket> {
  // Bytes that came before our answer were not encrypted: whoever sent them is not the client (CVE-2021-23222).
  if (plain.readableLength > 0) throw new LoginBroken('The client sent data before TLS was agreed on.');
  plain.write(TLS_ACCEPTED);
  const socket = new TLSSocket(plain, { isServer: true, secureContext });
  await new Promise<void>((resolve, reject) => {
    socket.once('secure', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new LoginBroken('The client went away.')));
  });
  return socket;
}
