import { z } from 'zod';
import { encodeJson, type JsonValue } from '../json.ts';

/** On the jobs queue, but no run: a sign of life that becomes visible after the ticks that should have followed it. */
const heartbeatSchema = z.strictObject({ nightshiftHeartbeat: z.iso.datetime() });

export function encodeHeartbeat(tick: string): Uint8Array {
  return encodeJson({ nightshiftHeartbeat: tick });
}

/** When the tick that sent it ran, ISO 8601; null for any other message. */
export function readHeartbeat(value: JsonValue): string | null {
  const parsed = heartbeatSchema.safeParse(value);
  return parsed.success ? parsed.data.nightshiftHeartbeat : null;
}
