import { JsonText, toJson } from '../json.ts';
import { typeName } from './builtinTypes.ts';
import { cellFromText } from './cells.ts';
import { EVENT_BYTES } from './fitEvent.ts';
import type { Column, ResultData, StatementResult } from './resultData.ts';

/**
 * Keeps what an event can hold of rows that stream by, and nothing else: a result larger than memory costs no
 * more than a small one. Of several statements that return rows, the last one's are kept.
 */
export class ResultCollector {
  readonly #limitBytes: number;
  #types: readonly number[] = [];
  #columns: Column[] = [];
  #rows: JsonText[] = [];
  #bytes = 0;
  #truncated = false;

  /** @param limitBytes of the rows' JSON; the event's own size is encodeEvent's to mind */
  constructor(limitBytes = EVENT_BYTES) {
    this.#limitBytes = limitBytes;
  }

  /** A statement begins to return rows: what earlier ones returned is forgotten. */
  begin(columns: readonly { readonly name: string; readonly typeOid: number }[]): void {
    this.#types = columns.map(({ typeOid }) => typeOid);
    this.#columns = columns.map(({ name, typeOid }) => ({ name, type: typeName(typeOid) }));
    this.#rows = [];
    this.#bytes = 0;
    this.#truncated = false;
  }

  /**
   * @param texts in column order, PostgreSQL's text form
   * @returns false once a row did not fit: that one and all that follow are left out
   */
  row(texts: readonly (string | null)[]): boolean {
    if (!this.#truncated) this.#keep(texts);
    return !this.#truncated;
  }

  /** A row did not even come: it was too large to be held. */
  leftOut(): void {
    this.#truncated = true;
  }

  result(statements: readonly StatementResult[]): ResultData {
    return {
      statements: [...statements],
      columns: this.#columns,
      rows: this.#rows,
      truncated: this.#truncated,
    };
  }

  #keep(texts: readonly (string | null)[]): void {
    const room = this.#limitBytes - this.#bytes;
    // A value's JSON is at least half as long as its text (bytea shrinks most): the giant is not converted.
    const length = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
    const json =
      length > 2 * room ? null : toJson(this.#types.map((type, i) => cellFromText(type, texts[i] ?? null)));
    const bytes = json === null ? Number.POSITIVE_INFINITY : Buffer.byteLength(json) + ','.length;
    if (json === null || bytes > room) {
      this.#truncated = true;
      return;
    }
    this.#rows.push(new JsonText(json));
    this.#bytes += bytes;
  }
}
