import { toQueueError } from '../../lib/messages/queueError.ts';
import { EXIT } from '../exitCodes.ts';
import { queueNames } from '../setup/queues.ts';
import { Broken, type Check, ok, warning } from './check.ts';
import type { StoragePatient } from './patient.ts';

export const queuesCheck: Check<StoragePatient> = {
  name: 'queues',
  announcement: 'Looking at the queues...',
  async examine(patient) {
    const depths = new Map<string, number | null>();
    for (const name of queueNames(patient.settings.queues)) depths.set(name, await depth(patient, name));
    const missing = [...depths].flatMap(([name, count]) =>
      count === null && !name.endsWith('-poison') ? [name] : [],
    );
    if (missing.length > 0) {
      throw new Broken(
        EXIT.storage,
        `There is no queue ${missing.join(', ')}.`,
        'Create what is missing: npx nightshift setup',
      );
    }
    const facts = [...depths].flatMap(([name, count]) =>
      count === null ? [] : [`${name} holds ${count === 0 ? 'nothing' : `about ${count}`}.`],
    );
    const poisoned = [...depths].filter(([name, count]) => name.endsWith('-poison') && (count ?? 0) > 0);
    return poisoned.length === 0
      ? ok(...facts)
      : warning(
          facts,
          'What is in a poison queue is kept by the app when it runs. See: npx nightshift dead-letters list',
        );
  },
};

/** Null where there is no such queue. The host makes poison queues itself when it needs them. */
async function depth({ service }: StoragePatient, name: string): Promise<number | null> {
  try {
    return (await service.getQueueClient(name).getProperties()).approximateMessagesCount ?? 0;
  } catch (error) {
    const failure = toQueueError(error, name);
    if (failure.kind === 'missing') return null;
    throw failure;
  }
}
