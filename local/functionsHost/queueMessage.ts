import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { TypedData } from './core.ts';
import type { TriggerInput } from './invocation.ts';
import { netDate } from './netDate.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The body that a message's text stands for.
 *
 * @returns null when the encoding is base64 and the text is not; .NET's reader allows white space and nothing else
 */
export function decodeMessageText(text: string, encoding: 'base64' | 'none'): Uint8Array | null {
  if (encoding === 'none') return Buffer.from(text, 'utf8');
  const compact = text.replace(/[ \t\r\n]/g, '');
  return BASE64.test(compact) ? Buffer.from(compact, 'base64') : null;
}

/**
 * What the host hands the worker for a queue message: the body as bytes when the binding asks for `dataType`
 * binary or stream, else as a string, which the library parses as JSON where it can; and the trigger metadata
 * under the real host's names (QueueTriggerBinding.cs), which the library turns into camel case.
 *
 * @throws Error when a string is asked for and the body is not UTF-8: the invocation fails before the handler
 */
export function toTriggerInput(
  bindingName: string,
  dataType: unknown,
  message: Omit<DequeuedMessageItem, 'messageText'>,
  body: Uint8Array,
): TriggerInput {
  const text = decodeUtf8(body);
  const asBytes = typeof dataType === 'string' && ['binary', 'stream'].includes(dataType.toLowerCase());
  if (!asBytes && text === null) {
    throw new Error(`message ${message.messageId} is not UTF-8: ask for bytes with dataType "binary"`);
  }
  const metadata = new Map<string, TypedData>([
    ['DequeueCount', { json: String(message.dequeueCount) }],
    ['ExpirationTime', { json: JSON.stringify(netDate(message.expiresOn)) }],
    ['Id', { string: message.messageId }],
    ['InsertionTime', { json: JSON.stringify(netDate(message.insertedOn)) }],
    ['NextVisibleTime', { json: JSON.stringify(netDate(message.nextVisibleOn)) }],
    ['PopReceipt', { string: message.popReceipt }],
  ]);
  if (text !== null) metadata.set('QueueTrigger', { string: text });
  if (!asBytes && text !== null) addPayloadProperties(metadata, text);
  const data: TypedData = asBytes || text === null ? { bytes: body } : { string: text };
  return { inputData: [{ name: bindingName, data }], triggerMetadata: Object.fromEntries(metadata) };
}

function decodeUtf8(body: Uint8Array): string | null {
  try {
    return utf8.decode(body);
  } catch {
    return null;
  }
}

/**
 * The real host adds a JSON object's top-level properties to the metadata, arrays and null left out, where a
 * payload's `id` takes the place of the message's own (ApplyBindingData in FunctionBinding.cs of the host).
 */
function addPayloadProperties(metadata: Map<string, TypedData>, text: string): void {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    return;
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return;
  for (const [name, value] of Object.entries(payload)) {
    if (value === null || Array.isArray(value)) continue;
    const known = [...metadata.keys()].find((key) => key.toLowerCase() === name.toLowerCase());
    metadata.set(known ?? name, toMetadata(value));
  }
}

/** Every value but an object is text, as .NET writes it: a boolean is "True". */
function toMetadata(value: unknown): TypedData {
  if (typeof value === 'object') return { json: JSON.stringify(value) };
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' };
  return { string: String(value) };
}
