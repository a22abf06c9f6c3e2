import { isUtf8 } from 'node:buffer';
import { toJson } from '../../lib/json.ts';
import { decodeBody } from '../../lib/messages/decode.ts';

/** The message as its sender meant it: the JSON in base64, too. */
export function bodyText(body: Uint8Array): string {
  const decoded = decodeBody(body);
  if (decoded.ok) return typeof decoded.value === 'string' ? decoded.value : toJson(decoded.value);
  return isUtf8(body) ? Buffer.from(body).toString('utf8') : Buffer.from(body).toString('base64');
}
