import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueServiceClient } from '@azure/storage-queue';
import { toJson } from '../../lib/json.ts';
import { MOST_PEEKED, type PeekedMessage, peekMessages } from '../../lib/messages/queueReader.ts';
import type { DefineCommand } from '../commandList.ts';
import { withConnections } from '../connections.ts';
import { addExamples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { wholeNumber } from '../options/parse.ts';
import { eventId, eventLine } from '../output/eventLine.ts';

interface Options {
  readonly follow?: true;
  readonly count: number;
  readonly json?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Shows the events at the front of the results queue. It takes nothing from whoever consumes them.',
    )
    .option('-f, --follow', 'go on showing each new event once, until Ctrl-C')
    .option(
      '-n, --count <n>',
      `show this many; Azure shows ${MOST_PEEKED} at most`,
      wholeNumber(1, MOST_PEEKED),
      MOST_PEEKED,
    )
    .option('--json', 'one event a line, as it is in the queue')
    .action((options: Options) =>
      withConnections(invocation, async ({ settings, queues }) => {
        const service = await queues();
        const queue = settings.queues.results;
        return options.follow
          ? follow(invocation, service, queue, options)
          : showOnce(invocation, service, queue, options);
      }),
    );
  addExamples(command, [
    ['results', 'what waits in the queue'],
    ['results --count 1 --json', 'the next event, for a program'],
  ]);
};

async function showOnce(
  invocation: Invocation,
  service: QueueServiceClient,
  queue: string,
  options: Options,
) {
  const messages = await peekMessages(service, queue, options.count);
  for (const message of messages) show(invocation, message, options);
  if (messages.length === 0) invocation.output.say(`There is nothing in ${queue}.`);
  else await tellDepth(invocation, service, queue, messages.length);
}

async function follow(invocation: Invocation, service: QueueServiceClient, queue: string, options: Options) {
  const { output, signal } = invocation;
  const shown = new Set<string>();
  let full = false;
  output.say(`Following ${queue}; Ctrl-C ends it.`);
  while (!signal.aborted) {
    const messages = await peekMessages(service, queue);
    for (const message of messages) {
      const id = eventId(message);
      if (!shown.has(id)) show(invocation, message, options);
      shown.add(id);
    }
    if (messages.length === MOST_PEEKED && !full) await tellDepth(invocation, service, queue, MOST_PEEKED);
    full = messages.length === MOST_PEEKED;
    await sleep(FOLLOW_MS, undefined, { signal }).catch(() => {});
  }
}

const FOLLOW_MS = 1_000;

/** Nobody can look behind the front of a queue without taking what is there. */
async function tellDepth({ output }: Invocation, service: QueueServiceClient, queue: string, shown: number) {
  const { approximateMessagesCount = 0 } = await service.getQueueClient(queue).getProperties();
  if (approximateMessagesCount <= shown) return;
  output.say(
    `${queue} holds about ${approximateMessagesCount} messages; these are the first ${shown}. ` +
      'The others show when somebody has taken these.',
  );
}

function show({ output }: Invocation, message: PeekedMessage, options: Options): void {
  if (!options.json) output.print(eventLine(message, output));
  else if (message.body.ok) output.print(toJson(message.body.value));
  else output.complain(`Message ${message.id} cannot be read: ${message.body.reason}`);
}
