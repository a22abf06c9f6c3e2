/**
 * The few messages of PostgreSQL's protocol that the front speaks itself
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html).
 */
export const SSL_REQUEST = 80877103;
export const GSSENC_REQUEST = 80877104;
export const CANCEL_REQUEST = 80877102;

/** The server's answers to SSLRequest and GSSENCRequest. */
export const TLS_ACCEPTED = Buffer.from('S');
export const ENCRYPTION_REFUSED = Buffer.from('N');

/** `AuthenticationCleartextPassword`: how Azure asks for a token. */
export const ASK_FOR_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);

/** A FATAL ErrorResponse, after which the server closes the connection. */
export function fatalError(sqlState: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

export interface StartupParameters {
  readonly user: string;
  readonly database: string;
}

/** The login's names from the body of a StartupMessage (what follows length and version). */
export function readStartupParameters(body: Buffer): StartupParameters {
  const words = body.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let i = 0; i + 1 < words.length && words[i] !== ''; i += 2)
    parameters.set(words[i] ?? '', words[i + 1] ?? '');
  const user = parameters.get('user') ?? '';
  return { user, database: parameters.get('database') ?? user };
}
