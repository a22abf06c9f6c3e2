import { createDatabase } from '../../lib/database/connection.ts';
import type { DatabaseTarget } from '../../lib/database/databaseUrl.ts';
import { createIdentity } from '../../lib/database/identity.ts';
import { databaseScope } from '../../lib/database/scope.ts';
import { connectStorage } from '../../lib/messages/storage.ts';
import type { Environment, Settings } from '../../lib/settings.ts';
import { alarmsCheck } from './alarmsCheck.ts';
import { budgetCheck } from './budgetCheck.ts';
import { clockCheck } from './clockCheck.ts';
import { deadLettersCheck } from './deadLettersCheck.ts';
import { dnsCheck } from './dnsCheck.ts';
import { grantsCheck } from './grantsCheck.ts';
import { identityCheck } from './identityCheck.ts';
import { loginCheck, serverCheck } from './loginCheck.ts';
import type { DatabasePatient } from './patient.ts';
import { pausesCheck } from './pausesCheck.ts';
import { queuesCheck } from './queuesCheck.ts';
import { schemaCheck } from './schemaCheck.ts';
import { tcpCheck } from './tcpCheck.ts';
import { ticksCheck } from './ticksCheck.ts';
import { tlsCheck } from './tlsCheck.ts';
import { tokenCheck } from './tokenCheck.ts';
import { type Link, type Teller, walk } from './walk.ts';

/** From the identity to the first row, in the order in which each hangs on the one before. */
const TO_A_ROW = [
  identityCheck,
  tokenCheck,
  dnsCheck,
  tcpCheck,
  tlsCheck,
  loginCheck,
  serverCheck,
  schemaCheck,
  grantsCheck,
  budgetCheck,
];

/** How it goes with an app that is sound: each hangs on the home database, and none on another. */
const IN_OPERATION = [ticksCheck, alarmsCheck, pausesCheck, deadLettersCheck];

/**
 * Walks the chain of each login, then the storage's, which hangs on none of them; where they are sound the clocks of
 * all, and what the home database knows of how it goes.
 */
export async function walkAll(settings: Settings, environment: Environment, teller: Teller): Promise<Link[]> {
  const identity = createIdentity(environment, settings.cloud);
  const scope = databaseScope(settings.cloud);
  const patientOf = (
    purpose: DatabasePatient['purpose'],
    target: DatabaseTarget,
    clientId: string | null,
  ): DatabasePatient => {
    const tokens = identity.tokens(clientId, scope);
    return {
      purpose,
      target,
      clientId,
      scope,
      tokens,
      environment,
      database: createDatabase(target, { tokens, maxConnections: 1 }),
    };
  };
  const apps = [...settings.databases.values()].map((target) => patientOf('app', target, settings.clientId));
  const queries = settings.queryDatabase
    ? [patientOf('queries', settings.queryDatabase, settings.queryClientId ?? settings.clientId)]
    : [];
  const patients = [...apps, ...queries];
  try {
    const links: Link[] = [];
    for (const patient of patients)
      links.push(...(await walk(patient.target.setting, TO_A_ROW, patient, teller)));
    const service = connectStorage(settings.storage, identity);
    const storage = await walk('JobsStorage', [queuesCheck], { settings, service }, teller);
    const [home] = apps;
    const isWell =
      home !== undefined &&
      [...links, ...storage].every(({ of, status }) => status !== 'broken' || of === 'QUERY_DATABASE_URL');
    const clocks = isWell
      ? await walk(
          'clocks',
          [clockCheck],
          { database: home.database, queue: service.getQueueClient(settings.queues.results) },
          teller,
        )
      : [];
    const operation: Link[] = [];
    for (const check of IN_OPERATION)
      if (isWell) operation.push(...(await walk('operation', [check], { home: home.database }, teller)));
    return [...links, ...storage, ...clocks, ...operation];
  } finally {
    await Promise.all(patients.map(({ database }) => database.close()));
  }
}
