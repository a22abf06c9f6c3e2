import { listPauses } from '../../lib/ledger/pauses.ts';
import { ALL_JOBS, pauseText } from '../ledger/pauses.ts';
import { timeText } from '../output/time.ts';
import { type Check, ok, warning } from './check.ts';
import type { HomePatient } from './patient.ts';

/** A pause is meant, and easily forgotten: nothing fails meanwhile. */
export const pausesCheck: Check<HomePatient> = {
  name: 'pauses',
  async examine({ home }) {
    const pauses = await home.withConnection(listPauses);
    if (pauses.length === 0) return ok('Nothing is paused.');
    const facts = pauses.map((pause) => {
      const who = pause.job === ALL_JOBS ? 'All jobs are' : `${pause.job} is`;
      return `${who} ${pauseText(pause)} (since ${timeText(new Date(pause.pausedAt))})`;
    });
    const cures = pauses.map(({ job }) => `npx nightshift resume${job === ALL_JOBS ? '' : ` ${job}`}`);
    return warning(facts, `If it is over: ${cures.join('; ')}`);
  },
};
