import pg from 'pg';
import type { Column, Command } from './connection.ts';
import { DatabaseError, SqlError } from './databaseError.ts';
import { sqlErrorFields } from './sqlErrorFields.ts';

/** pg's low-level connection, with what its types leave out. */
export interface Wire extends pg.Connection {
  sendCopyFail(message: string): void;
}

/** What one request sends and what it does with the answers. Rows are not kept. */
export interface ExchangeSteps {
  send(wire: Wire): void;
  columns?(columns: readonly Column[], wire: Wire): void;
  row?(values: readonly (string | null)[], wire: Wire): void;
  /** A row beyond LONGEST_MESSAGE, left out. */
  rowTooLarge?(bytes: number, wire: Wire): void;
  command?(command: Command): void;
  notice?(severity: string, message: string): void;
  /** The portal has more rows than were asked for. */
  suspended?(wire: Wire): void;
  /** The statement was described, and returns no rows. */
  noRows?(wire: Wire): void;
  /** After an error in a request that sent no Sync of its own. */
  failed?(wire: Wire): void;
}

/**
 * Runs one request on a client that is not busy, until the server is ready for the next: pg's own Query rejects
 * before that, and keeps every row when it has a callback.
 *
 * @throws SqlError when the server refused (the session goes on), DatabaseError `lost` when the connection ended.
 */
export function exchange(client: pg.ClientBase, steps: ExchangeSteps): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new Exchange(steps, resolve, reject));
  });
}

/** pg calls these methods (its "submittable" interface); see pg/lib/client.js. */
class Exchange implements pg.Submittable {
  readonly #steps: ExchangeSteps;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  #wire: Wire | null = null;
  #failure: SqlError | null = null;
  #commands = 0;

  constructor(steps: ExchangeSteps, resolve: () => void, reject: (error: Error) => void) {
    this.#steps = steps;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: pg.Connection): void {
    const wire = connection as Wire;
    this.#wire = wire;
    wire.on('readyForQuery', this.#ready);
    wire.on('end', this.#ended);
    wire.on('notice', this.#notice);
    wire.on('noData', this.#noData);
    wire.on('copyOutResponse', this.#copyOut);
    wire.on('rowTooLarge', this.#rowTooLarge);
    this.#steps.send(wire);
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    const columns = fields.map(({ name, dataTypeID }) => ({ name, typeOid: dataTypeID }));
    this.#step((wire) => this.#steps.columns?.(columns, wire));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.#step((wire) => this.#steps.row?.(fields, wire));
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#commands += 1;
    this.#step(() => this.#steps.command?.(commandFromTag(text)));
  }

  handlePortalSuspended(): void {
    this.#step((wire) => this.#steps.suspended?.(wire));
  }

  handleEmptyQuery(): void {}

  handleCopyData(): void {}

  handleCopyInResponse(): void {
    this.#fail(this.#copyRefused());
    this.#wire?.sendCopyFail('there is no data to copy');
  }

  /** From the server (and ReadyForQuery follows), or from a connection that has ended. */
  handleError(error: Error): void {
    if (!(error instanceof pg.DatabaseError)) {
      this.#settle(lost(error, this.#failure));
      return;
    }
    this.#fail(new SqlError(sqlErrorFields(error), this.#commands));
    this.#step((wire) => this.#steps.failed?.(wire));
  }

  // Called by pg, which settles nothing after an error; so the end is taken from the wire, where it always shows.
  handleReadyForQuery(): void {}

  #ready = () => this.#settle(this.#failure);
  // A FATAL error (a terminated session) is followed by the end, not by ReadyForQuery.
  #ended = () => this.#settle(lost(undefined, this.#failure));
  #notice = (notice: { severity?: string; message?: string }) =>
    this.#step(() => this.#steps.notice?.(notice.severity ?? 'NOTICE', notice.message ?? ''));
  #noData = () => this.#step((wire) => this.#steps.noRows?.(wire));
  #copyOut = () => this.#fail(this.#copyRefused());
  #rowTooLarge = (bytes: number) => this.#step((wire) => this.#steps.rowTooLarge?.(bytes, wire));

  /** A step that throws ends the connection: it is in the middle of a request that nobody reads on. */
  #step(step: (wire: Wire) => void): void {
    const wire = this.#wire;
    if (!wire) return;
    try {
      step(wire);
    } catch (error) {
      this.#settle(error instanceof Error ? error : new Error(String(error)));
      wire.stream.destroy();
    }
  }

  #copyRefused(): SqlError {
    return new SqlError(
      sqlErrorFields({
        severity: 'ERROR',
        code: '0A000',
        message: 'COPY from STDIN or to STDOUT has nobody to talk to here.',
        hint: 'Use INSERT ... SELECT, or COPY with a file or program on the server.',
      }),
      this.#commands,
    );
  }

  #fail(error: SqlError): void {
    this.#failure ??= error;
  }

  #settle(error: Error | null): void {
    const wire = this.#wire;
    this.#wire = null;
    wire?.off('readyForQuery', this.#ready);
    wire?.off('end', this.#ended);
    wire?.off('notice', this.#notice);
    wire?.off('noData', this.#noData);
    wire?.off('copyOutResponse', this.#copyOut);
    wire?.off('rowTooLarge', this.#rowTooLarge);
    if (error) this.#reject(error);
    else this.#resolve();
  }
}

function lost(cause: Error | undefined, last: SqlError | null): DatabaseError {
  const why = last?.message ?? cause?.message ?? 'the server closed it';
  return new DatabaseError('lost', `The database connection was lost: ${why}.`, {
    sqlState: last?.sqlState ?? null,
    cause: last ?? cause,
  });
}

/** `INSERT 0 5` is INSERT with 5 rows (0 was once an OID); `CREATE TABLE` counts none. */
function commandFromTag(tag: string): Command {
  const [, command = tag, count] = /^(.*?)(?:(?: \d+)? (\d+))?$/.exec(tag) ?? [];
  return { command, rowCount: count === undefined ? null : Number(count) };
}
