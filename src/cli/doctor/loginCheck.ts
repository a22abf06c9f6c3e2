import { type Check, ok } from './check.ts';
import { type DatabasePatient, usesToken } from './patient.ts';

/** The connection module says itself what is wrong with a login, a pooler, a replica, an old server. */
export const loginCheck: Check<DatabasePatient> = {
  name: 'login',
  announcement: 'Opening connection using access token...',
  async examine(patient) {
    const { database, target } = patient;
    const [row] = await database.withConnection((connection) =>
      connection.query('SELECT session_user AS login'),
    );
    return ok(
      'Connected!',
      `As ${row?.['login']}, by ${usesToken(patient) ? 'token' : target.password === null ? 'the socket' : 'password'}.`,
    );
  },
};

export const serverCheck: Check<DatabasePatient> = {
  name: 'server',
  async examine({ database }) {
    const [row] = await database.withConnection((connection) =>
      connection.query('SELECT version() AS version'),
    );
    // That it is 14 or later, no replica and not behind a pooler, each connection has made sure of.
    return ok(`Postgres version: ${row?.['version']}`, 'It is a primary, and there is no pooler in between.');
  },
};
