import { type Check, ok, warning } from './check.ts';
import type { HomePatient } from './patient.ts';

const COUNT = `
SELECT count(*) AS letters, (array_agg(reason ORDER BY id DESC))[1] AS last_reason
FROM nightshift.list_dead_letters(NULL, NULL, 2147483647) WHERE redrives = 0`;

/** Those that somebody has sent again, and those that are dropped, are dealt with. */
export const deadLettersCheck: Check<HomePatient> = {
  name: 'letters',
  async examine({ home }) {
    const [row] = await home.withConnection((connection) => connection.query(COUNT));
    const count = Number(row?.['letters']);
    if (count === 0) return ok('No dead letter waits to be sent again or dropped.');
    return warning(
      [
        `${count === 1 ? 'One message' : `${count} messages`} could not be run and ${count === 1 ? 'was' : 'were'} not sent again. The last one: ${row?.['last_reason']}`,
      ],
      'See them: npx nightshift dead-letters list. Send them again: npx nightshift dead-letters redrive --all. Delete them: npx nightshift dead-letters drop <id>',
    );
  },
};
