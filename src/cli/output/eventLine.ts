import { z } from 'zod';
import type { PeekedMessage } from '../../lib/messages/queueReader.ts';
import { cut } from './cut.ts';
import type { Output } from './output.ts';
import { stateCell } from './runTable.ts';
import { timeText } from './time.ts';
import { visible } from './visible.ts';

/** As much of an event as one line tells; lenient, since other programs may write to the queue, too. */
const schema = z.object({
  id: z.string(),
  type: z.string(),
  time: z.string(),
  subject: z.string().optional(),
  data: z.object({
    runId: z.string().optional(),
    attempt: z.number().optional(),
    rows: z.array(z.unknown()).optional(),
    reason: z.string().optional(),
    error: z.object({ message: z.string() }).nullish(),
  }),
});

/** The event's id, which is the same for each of its deliveries; else the message's. */
export function eventId(message: PeekedMessage): string {
  const event = schema.safeParse(message.body.ok ? message.body.value : null);
  return event.success ? event.data.id : message.id;
}

/** `2026-11-24 08:29:46  succeeded  nightly-order-totals  3 rows`, cut to the terminal. */
export function eventLine(message: PeekedMessage, output: Output): string {
  const event = schema.safeParse(message.body.ok ? message.body.value : null);
  if (!event.success) {
    return fitted(
      `${timeText(message.insertedAt)}  ${output.colors.red('no event')}      message ${visible(message.id)}`,
      output,
    );
  }
  const { type, time, subject = '', data } = event.data;
  const outcome = type.slice(type.lastIndexOf('.') + 1);
  const isQuery = type.startsWith('nightshift.query.');
  const rows = data.rows?.length ?? 0;
  const facts = [
    ...(rows > 0 ? [`${rows} ${rows === 1 ? 'row' : 'rows'}`] : []),
    ...(data.attempt !== undefined && data.attempt > 1 ? [`attempt ${data.attempt}`] : []),
    ...(data.error ? [data.error.message] : []),
    ...(data.reason ? [data.reason] : []),
  ];
  const { text, paint } = stateCell(outcome, output.colors);
  const state = (paint?.(text) ?? text) + ' '.repeat(Math.max(OUTCOME_WIDTH - text.length, 0));
  const rest = visible([isQuery ? `query ${subject}` : subject, facts.join(', ')].filter(Boolean).join('  '));
  const room = output.width === null ? rest : cut(rest, Math.max(output.width - BEFORE_REST, 1));
  return `${timeText(new Date(time))}  ${state}  ${room}`;
}

const OUTCOME_WIDTH = 'deadlettered'.length;
const BEFORE_REST = '2026-01-01 00:00:00'.length + OUTCOME_WIDTH + 4;

const fitted = (text: string, { width }: Output) => (width === null ? text : cut(text, width));
