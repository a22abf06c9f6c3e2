import type pg from 'pg';
import type { PortalHandlers, PortalRequest } from './connection.ts';
import { exchange, type Wire } from './exchange.ts';
import { refuseNul } from './statements.ts';

/**
 * See Connection.portal. The messages go in two parts: Parse and Describe, which execute nothing, and, only after the
 * server has answered with a RowDescription, Bind and Execute
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY). pg-cursor binds before it
 * describes and goes on without a description.
 */
export async function runPortal(
  client: pg.ClientBase,
  { text, values, maxRows }: PortalRequest,
  handlers: PortalHandlers,
): Promise<boolean> {
  refuseNul(text);
  for (const value of values) if (value !== null) refuseNul(value);
  let promised = false;
  let synced = false;
  const sync = (wire: Wire) => {
    if (!synced) wire.sync();
    synced = true;
  };
  await exchange(client, {
    send: (wire) => {
      wire.parse({ name: '', text, types: [] }, true);
      wire.describe({ type: 'S', name: '' }, true);
      wire.flush();
    },
    columns: (columns, wire) => {
      promised = true;
      handlers.onColumns(columns);
      wire.bind({ values: [...values] }, true);
      // The types say text, the serializer writes a number.
      wire.execute({ rows: maxRows as unknown as string }, true);
      sync(wire);
    },
    noRows: sync,
    failed: sync,
    row: handlers.onRow,
    rowTooLarge: handlers.onRowTooLarge,
  });
  return promised;
}
