import { EXIT } from '../exitCodes.ts';
import { ownerText, readClaims } from '../identity/claims.ts';
import { durationText } from '../output/time.ts';
import { Broken, type Check, ok } from './check.ts';
import { type DatabasePatient, usesToken } from './patient.ts';

/** The article's line, so that who follows it finds the place. */
const ANNOUNCEMENT = 'Getting access token...';

export const tokenCheck: Check<DatabasePatient> = {
  name: 'token',
  announcement: ANNOUNCEMENT,
  applies: usesToken,
  async examine({ tokens, scope }) {
    const { token, expiresOnTimestamp } = await tokens.token();
    const life = expiresOnTimestamp - Date.now();
    if (life <= 0) {
      throw new Broken(
        EXIT.identity,
        `The token is over since ${durationText(-life)}, by the clock of this machine.`,
        'Set the clock of this machine: sudo timedatectl set-ntp true',
      );
    }
    const claims = readClaims(token);
    const whose =
      claims === null
        ? 'The token is no JWT'
        : `It is that of ${ownerText(claims)}, object id ${claims.oid ?? 'unknown'}`;
    return ok(`${whose}.`, `Its scope is ${scope}; it lives for another ${durationText(life)}.`);
  },
};
