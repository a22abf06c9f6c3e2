import { type Check, ok } from './check.ts';
import { type DatabasePatient, usesToken } from './patient.ts';

/** Where the token will come from; what is really there, the token itself tells. */
export const identityCheck: Check<DatabasePatient> = {
  name: 'identity',
  async examine(patient) {
    const { environment, clientId, target } = patient;
    if (target.password !== null) return ok(`${target.setting} has a password, so no identity is needed.`);
    if (!usesToken(patient)) return ok('A Unix socket: the server trusts the system about who connects.');
    const who =
      clientId === null
        ? 'the system-assigned identity, or whoever is logged in'
        : `the user-assigned identity ${clientId}`;
    if (environment['IDENTITY_ENDPOINT'])
      return ok(`App Service's identity endpoint (IDENTITY_ENDPOINT) is asked for ${who}.`);
    if (environment['AZURE_FEDERATED_TOKEN_FILE'])
      return ok('Workload identity of AKS (AZURE_FEDERATED_TOKEN_FILE).');
    return ok(
      `No identity endpoint is announced: a virtual machine's (IMDS) is tried, then az login, for ${who}.`,
    );
  },
};
