import { listAlarms } from '../../lib/ledger/alarms.ts';
import { type Check, ok, warning } from './check.ts';
import type { HomePatient } from './patient.ts';

export const alarmsCheck: Check<HomePatient> = {
  name: 'alarms',
  async examine({ home }) {
    const alarms = await home.withConnection(listAlarms);
    if (alarms.length === 0) return ok('No job is overdue.');
    const [first] = alarms;
    return warning(
      alarms.map(({ reason }) => reason),
      `Each ends with a run that succeeds. What became of the last ones: npx nightshift runs --job ${first?.job}`,
    );
  },
};
