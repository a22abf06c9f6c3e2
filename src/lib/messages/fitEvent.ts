import { encodeJson, JsonText, toJson } from '../json.ts';
import type { NightshiftEvent } from './event.ts';
import { type Measure, shortenEvent } from './shortenEvent.ts';

/** What a queue message holds: 64 KiB, of which base64 takes a quarter. */
export const EVENT_BYTES = 49_152;

/** Each is tried when an event, even without rows, is too large by the one before it. */
const MEASURES: readonly Measure[] = [
  { textBytes: 24_000, items: 2000, columns: true },
  { textBytes: 4000, items: 200, columns: true },
  // Half of the room at most: 10 problems, 10 errors of three texts each and the error itself.
  { textBytes: 500, items: 10, columns: false },
];

/**
 * The event as bytes that a queue message can hold. What does not fit is cut: first rows, from the end, whole
 * ones only; and, where even an event without rows is too large, long texts (with a mark that says so), the ends
 * of long lists, and last the columns. `truncated` is true when any of the result is left out.
 *
 * @throws Error for an event whose ids alone are too large
 */
export function encodeEvent(event: NightshiftEvent): Uint8Array {
  for (const measure of MEASURES) {
    const bytes = withRowsThatFit(shortenEvent(event, measure));
    if (bytes !== null) return bytes;
  }
  throw new Error(`The event ${event.id.slice(0, 200)} has ids too large for a queue message.`);
}

function withRowsThatFit(event: NightshiftEvent): Uint8Array | null {
  const { data } = event;
  if (!('rows' in data)) {
    const bytes = encodeJson(event);
    return bytes.length <= EVENT_BYTES ? bytes : null;
  }
  const encoded = (rows: readonly JsonText[], truncated: boolean) =>
    encodeJson({ ...event, data: { ...data, rows, truncated } });

  // `false` is the longer word, so that there is room for either.
  let room = EVENT_BYTES - encoded([], false).length;
  if (room < 0) return null;
  const kept: JsonText[] = [];
  for (const row of data.rows) {
    const json = toJson(row);
    room -= Buffer.byteLength(json) + (kept.length === 0 ? 0 : ','.length);
    if (room < 0) break;
    kept.push(new JsonText(json));
  }
  return encoded(kept, data.truncated || kept.length < data.rows.length);
}
