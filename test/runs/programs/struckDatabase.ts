import type { Connection, Database } from '../../../src/lib/database/connection.ts';
import type { QueueSender } from '../../../src/lib/messages/queueSender.ts';
import type { Point } from './task.ts';

/** Called at each point that the worker passes. */
export type Pass = (point: Point) => void;

/** A database whose connections tell how far a run has come. What they do is the real connection's doing. */
export function struckDatabase(database: Database, pass: Pass): Database {
  return {
    target: database.target,
    withConnection: (work) => database.withConnection((connection) => work(struck(connection, pass))),
    close: () => database.close(),
  };
}

function struck(connection: Connection, pass: Pass): Connection {
  return {
    backendPid: connection.backendPid,
    get inTransaction() {
      return connection.inTransaction;
    },
    async query(text, values) {
      const claims = text.includes('claim_run');
      if (claims) pass('before the claim');
      if (text.includes('end_run')) pass('before the outcome');
      const rows = await connection.query(text, values);
      if (claims) pass('after the claim');
      if (text.includes('end_run')) pass('after the outcome');
      if (text.includes('retry_run')) pass('after the retry is written');
      return rows;
    },
    script: (text, handlers = {}) =>
      connection.script(text, {
        ...handlers,
        onNotice: (_, notice) => notice === 'half' && pass('in the SQL'),
      }),
    async command(text) {
      const finishes = text.includes('finish_run');
      if (finishes) pass('before the outcome');
      const result = await connection.command(text);
      if (finishes) pass('after the outcome');
      return result;
    },
    portal: (request, handlers) => connection.portal(request, handlers),
    cancel: () => connection.cancel(),
    destroy: () => connection.destroy(),
  };
}

export function struckSender(sender: QueueSender, results: string, pass: Pass): QueueSender {
  return {
    async send(queue, body, options) {
      await sender.send(queue, body, options);
      pass(queue === results ? 'after the event' : 'after the retry is sent');
    },
  };
}
