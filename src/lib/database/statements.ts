import type pg from 'pg';
import type { Column, Command, ScriptHandlers, ScriptResult, TextRow } from './connection.ts';
import { SqlError } from './databaseError.ts';
import { exchange } from './exchange.ts';
import { sqlErrorFields } from './sqlErrorFields.ts';

/** See Connection.script. */
export async function runScript(
  client: pg.ClientBase,
  text: string,
  handlers: ScriptHandlers = {},
): Promise<ScriptResult> {
  refuseNul(text);
  const commands: Command[] = [];
  await exchange(client, {
    send: (wire) => wire.query(text),
    columns: (columns) => handlers.onColumns?.(commands.length, columns),
    row: (values) => handlers.onRow?.(values),
    rowTooLarge: (bytes) => handlers.onRowTooLarge?.(bytes),
    command: (command) => commands.push(command),
    notice: (severity, message) => handlers.onNotice?.(severity, message),
  });
  return { commands };
}

/** See Connection.query. */
export async function runQuery(
  client: pg.ClientBase,
  text: string,
  values: readonly (string | null)[] = [],
): Promise<TextRow[]> {
  refuseNul(text);
  for (const value of values) if (value !== null) refuseNul(value);
  let names: readonly Column[] = [];
  const rows: TextRow[] = [];
  await exchange(client, {
    send: (wire) => {
      wire.stream.cork();
      wire.parse({ name: '', text, types: [] }, true);
      wire.bind({ values: [...values] }, true);
      wire.describe({ type: 'P', name: '' }, true);
      wire.execute({}, true);
      wire.sync();
      wire.stream.uncork();
    },
    columns: (columns) => {
      names = columns;
    },
    row: (row) => rows.push(Object.fromEntries(names.map(({ name }, index) => [name, row[index] ?? null]))),
    rowTooLarge: (bytes) => {
      throw new Error(`A row of ${bytes} bytes is too large to be read.`);
    },
  });
  return rows;
}

/** The protocol ends a text at its first NUL: what is behind it would be read as something else. */
export function refuseNul(text: string): void {
  const at = text.indexOf('\0');
  if (at < 0) return;
  throw new SqlError(
    sqlErrorFields({
      code: '22021',
      message: 'PostgreSQL takes no NUL character (U+0000), in SQL as in values.',
      position: String([...text.slice(0, at)].length + 1),
    }),
  );
}
