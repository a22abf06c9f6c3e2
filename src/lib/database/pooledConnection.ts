import type pg from 'pg';
import type {
  Connection,
  PortalHandlers,
  PortalRequest,
  ScriptHandlers,
  ScriptResult,
  TextRow,
} from './connection.ts';
import { DatabaseError, SqlError } from './databaseError.ts';
import { runPortal } from './portal.ts';
import { runQuery, runScript } from './statements.ts';

/** One use of a client of the pool. */
export class PooledConnection implements Connection {
  readonly backendPid: number;
  readonly #client: pg.PoolClient;
  readonly #answerTimeoutMs: number;
  readonly #sendCancel: () => Promise<void>;
  #busy = false;
  /** Whether the session is known to be as good as new but for its settings. */
  #clean = true;
  #released = false;
  #destroyed = false;

  constructor(
    client: pg.PoolClient,
    backendPid: number,
    answerTimeoutMs: number,
    sendCancel: () => Promise<void>,
  ) {
    this.#client = client;
    this.backendPid = backendPid;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#sendCancel = sendCancel;
  }

  get inTransaction(): boolean {
    return this.#client.getTransactionStatus() !== 'I';
  }

  query(text: string, values?: readonly (string | null)[]): Promise<TextRow[]> {
    return this.#alone(() => this.#answered(() => runQuery(this.#client, text, values)));
  }

  command(text: string): Promise<ScriptResult> {
    return this.#alone(() => this.#answered(() => runScript(this.#client, text)));
  }

  script(text: string, handlers?: ScriptHandlers): Promise<ScriptResult> {
    return this.#alone(() => runScript(this.#client, text, handlers));
  }

  portal(request: PortalRequest, handlers: PortalHandlers): Promise<boolean> {
    return this.#alone(() => runPortal(this.#client, request, handlers));
  }

  async cancel(): Promise<void> {
    this.#clean = false;
    await this.#sendCancel();
  }

  destroy(): void {
    if (!this.#released) this.#destroyed = true;
    this.#end();
  }

  #end(): void {
    if (this.#released) return;
    this.#released = true;
    this.#client.release(true);
    // release() says goodbye and waits for an answer; a server that does not answer must not keep the process.
    this.#client.connection.stream.destroy();
  }

  /** Gives the client back when its session carries nothing over; ends it otherwise. Nobody has to wait for it. */
  async finish(): Promise<void> {
    if (this.#released) return;
    if (this.#busy || !this.#clean || this.inTransaction) {
      this.#end();
      return;
    }
    this.#busy = true;
    try {
      await this.#answered(() => runScript(this.#client, 'DISCARD ALL'));
      if (this.#released) return;
      this.#released = true;
      this.#client.release();
    } catch {
      this.#end();
    }
  }

  async #answered<T>(work: () => Promise<T>): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.destroy();
    }, this.#answerTimeoutMs);
    try {
      return await work();
    } catch (error) {
      if (!late) throw error;
      const seconds = this.#answerTimeoutMs / 1000;
      throw new DatabaseError('lost', `The database did not answer within ${seconds} s.`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#destroyed) throw new DatabaseError('lost', 'The session was ended by this worker.');
    if (this.#released) throw new Error('The connection was used after its work had ended.');
    if (this.#busy) throw new Error('The connection is busy: await one request before the next.');
    this.#busy = true;
    try {
      return await work();
    } catch (error) {
      // A cancel may come late and hit what runs next; what is not the server's refusal leaves the wire unknown.
      if (!(error instanceof SqlError) || error.sqlState === '57014') this.#clean = false;
      throw error;
    } finally {
      this.#busy = false;
    }
  }
}
