import { Command, InvalidArgumentError, Option } from 'commander';
import { FAULT_KINDS, FAULTS, type FaultKind } from './plan/faults.ts';

export interface Options {
  readonly messages: number;
  readonly workers: number;
  readonly seed: number;
  readonly faults: readonly FaultKind[];
  /** No message and no fault after so many. */
  readonly minutes: number;
  /** Messages a second, at most. */
  readonly rate: number;
  /** How long a received message is hidden from the other workers. */
  readonly lockSeconds: number;
  /** How long all may take to come to rest once the last message is sent and the last fault mended. */
  readonly settleSeconds: number;
  readonly json: boolean;
  /** A file for what the workers logged. */
  readonly log: string | null;
}

const GROUPS = Object.entries(FAULTS)
  .map(([group, kinds]) => `  ${group}: ${kinds.join(', ')}`)
  .join('\n');

const MORE = `
Kinds of fault; a group's name stands for all of its own:
${GROUPS}

Examples:
  npm run chaos                                       the long form: 10,000 messages, 3 workers, every fault
  npm run chaos -- --messages 300 --rate 12           a short one
  npm run chaos -- --seed 7                           the messages and faults of seed 7 once more
  npm run chaos -- --messages 500 --faults commit-answer,kill
  npm run chaos -- --faults none --messages 1000      calm weather

Exit code: 0 when every line of the account is 0, 1 when one is not, 2 when it could not be run.`;

/** @throws CommanderError for what cannot be read, and for --help */
export function readOptions(argv: readonly string[]): Options {
  const command = new Command('chaos')
    .description('Runs the app under messages and faults, and makes an account of both.')
    .option('--messages <n>', 'messages to send', whole(1), 10_000)
    .option('--workers <n>', 'functions hosts at once', whole(1), 3)
    .option('--seed <n>', 'repeats the plan of an earlier run', whole(0))
    .addOption(
      new Option('--faults <list>', 'which faults strike: kinds and groups, by commas; or none')
        .argParser(faultKinds)
        .default(FAULT_KINDS, 'all'),
    )
    .option('--minutes <n>', 'send no more, and break no more, after so long', whole(1), 60)
    .option('--rate <n>', 'messages a second, at most', whole(1), 30)
    .option('--lock-seconds <n>', 'how long a worker holds a message before it renews', whole(2), 5)
    .option('--settle-seconds <n>', 'how long all may take to come to rest at the end', whole(1), 400)
    .option('--log <file>', 'keep what the workers logged')
    .option('--json', 'print the account and the figures as JSON')
    .addHelpText('after', MORE)
    .exitOverride()
    .parse([...argv], { from: 'user' });
  const given = command.opts<
    Omit<Options, 'seed' | 'json' | 'log'> & { seed?: number; json?: true; log?: string }
  >();
  return {
    ...given,
    seed: given.seed ?? Math.floor(Math.random() * 1_000_000),
    json: given.json ?? false,
    log: given.log ?? null,
  };
}

function whole(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };
}

function faultKinds(text: string): FaultKind[] {
  if (text === 'none') return [];
  const groups: Readonly<Record<string, readonly FaultKind[]>> = FAULTS;
  return text.split(',').flatMap((name) => {
    const kinds = Object.hasOwn(groups, name) ? groups[name] : FAULT_KINDS.filter((kind) => kind === name);
    if (kinds === undefined || kinds.length === 0) {
      throw new InvalidArgumentError(`There is no fault "${name}". ${FAULT_KINDS.join(', ')}.`);
    }
    return kinds;
  });
}
