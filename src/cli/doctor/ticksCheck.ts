import { EXIT } from '../exitCodes.ts';
import { isSilent, lastTick } from '../ledger/lastTick.ts';
import { durationText } from '../output/time.ts';
import { Broken, type Check, ok, warning } from './check.ts';
import type { HomePatient } from './patient.ts';

/** A timer plans what is due, every five minutes. Nothing else notices that it has stopped. */
export const ticksCheck: Check<HomePatient> = {
  name: 'ticks',
  async examine({ home }) {
    const tick = await home.withConnection(lastTick);
    if (tick === null)
      return warning(['No tick has come yet: nothing is planned by schedule.'], `If the app runs: ${CURE}`);
    const age = durationText(tick.silenceMs);
    if (!isSilent(tick)) return ok(`The last tick came ${age} ago.`);
    throw new Broken(EXIT.failed, `The last tick came ${age} ago: nothing is planned since.`, CURE);
  },
};

const CURE =
  'Look whether the function "schedule" is there, enabled, and invoked every five minutes (portal, Monitor). Its timer needs AzureWebJobsStorage. ' +
  'Then: az functionapp restart --name <app> --resource-group <group>. On this machine: npm start';
