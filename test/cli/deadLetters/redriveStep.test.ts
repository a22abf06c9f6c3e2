import { expect, test } from 'vitest';
import { type RedriveQuestion, redriveStep } from '../../../src/cli/deadLetters/redriveStep.ts';
import type { RunState } from '../../../src/lib/ledger/runStates.ts';

const run = (state: RunState['state'] | null): RunState | null =>
  state === null ? null : { state, started: true };

function step(
  first: RunState['state'] | null,
  redrives: (RunState['state'] | null)[],
  more: Partial<RedriveQuestion> = {},
) {
  const runs = { first: run(first), redrives: redrives.map(run) };
  return redriveStep({ confirmed: 0, before: 0, again: false, runs, ...more });
}

test.each<[string, ReturnType<typeof step>, object]>([
  ['a first redrive', step('deadlettered', []), { do: 'send', number: 1, confirm: [] }],
  ['of a rejected message, which has no run', step(null, []), { do: 'send', number: 1 }],
  ['of a run that has succeeded', step('succeeded', []), { do: 'leave', because: 'succeeded', redrive: 0 }],
  ['of a run that is not over', step('waiting', []), { do: 'leave', because: 'open', redrive: 0 }],
  [
    'while its redrive is under way',
    step('deadlettered', ['running'], { confirmed: 1, again: true }),
    { do: 'leave', because: 'open', redrive: 1 },
  ],
  [
    'when its redrive has succeeded, asked once more',
    step('deadlettered', ['failed', 'succeeded'], { confirmed: 2, again: true }),
    { do: 'leave', because: 'succeeded', redrive: 2 },
  ],
  [
    'sent before',
    step('deadlettered', ['failed'], { confirmed: 1 }),
    { do: 'leave', because: 'sent before', redrive: 1, state: 'failed' },
  ],
  [
    'sent before, asked once more',
    step('deadlettered', ['failed'], { confirmed: 1, again: true }),
    { do: 'send', number: 2, confirm: [] },
  ],
  [
    'sent before and not received yet: the same run',
    step('deadlettered', [], { confirmed: 1, again: true }),
    { do: 'send', number: 1, confirm: [] },
  ],
  [
    'sent by an interrupted command, and not received yet: the same run',
    step('deadlettered', []),
    { do: 'send', number: 1, confirm: [] },
  ],
  [
    'sent by an interrupted command, and failed since',
    step('deadlettered', ['failed']),
    { do: 'leave', because: 'sent before', redrive: 1, state: 'failed', confirm: [1] },
  ],
  [
    'the same, asked once more',
    step('deadlettered', ['failed'], { again: true }),
    { do: 'send', number: 2, confirm: [1] },
  ],
  [
    'of a redrive that became a dead letter',
    step('deadlettered', ['deadlettered', 'deadlettered'], { before: 2 }),
    { do: 'send', number: 1, confirm: [] },
  ],
])('%s', (_, found, expected) => {
  expect(found).toMatchObject(expected);
});
