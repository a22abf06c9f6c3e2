import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { EXIT } from '../exitCodes.ts';
import { Broken, type Check, ok } from './check.ts';
import { type DatabasePatient, isRemote } from './patient.ts';

export const dnsCheck: Check<DatabasePatient> = {
  name: 'dns',
  applies: (patient) => isRemote(patient) && isIP(patient.target.host) === 0,
  async examine({ target: { host, setting } }) {
    try {
      const addresses = await lookup(host, { all: true });
      return ok(`${host} is ${addresses.map(({ address }) => address).join(', ')}.`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new Broken(
        EXIT.network,
        `The name ${host} is not known here (${code}).`,
        `Compare the name in ${setting} with the portal's "Server name". With private access, this network must be linked to the private DNS zone. Try: nslookup ${host}`,
      );
    }
  },
};
