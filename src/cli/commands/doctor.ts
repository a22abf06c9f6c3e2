import { type Settings, SettingsError } from '../../lib/settings.ts';
import type { DefineCommand } from '../commandList.ts';
import { walkAll } from '../doctor/chains.ts';
import { reporter, SILENT, verdict } from '../doctor/report.ts';
import { describe, type Link, type Teller } from '../doctor/walk.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import type { Invocation } from '../invocation.ts';

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Walks the chain from the settings to the first row: identity, token, DNS, TCP, TLS, login, server, schema, rights, ' +
        'connections, queues and clocks; and of an app at work its ticks, alarms, pauses and dead letters. It says which link is broken, and how to mend it; the exit code says which kind.',
    )
    .option('--json', 'one array of all links')
    .action((options: { json?: true }) => doctor(invocation, options));
  addExamples(command, [
    ['doctor', 'why does it not work?'],
    ['doctor --json', 'the same for a program'],
  ]);
};

async function doctor(invocation: Invocation, options: { json?: true }): Promise<void> {
  const { output } = invocation;
  const teller = options.json ? SILENT : reporter(output);
  const links = await examineAll(invocation, teller);
  if (options.json) output.print(JSON.stringify(links, null, 2));
  else output.print(`\n${verdict(links)}`);
  invocation.exitCode = links.find(({ status }) => status === 'broken')?.exitCode ?? EXIT.ok;
}

async function examineAll(invocation: Invocation, teller: Teller): Promise<Link[]> {
  const environment = await invocation.environment();
  const first = { of: 'settings', check: 'settings' };
  let settings: Settings;
  try {
    settings = await invocation.settings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const link: Link = {
      ...first,
      status: 'broken',
      ...describe(error),
      advice:
        'Set them in the environment, or in local.settings.json here. docs/settings.md says what each is for.',
    };
    teller.link(link);
    return [link];
  }
  const link: Link = {
    ...first,
    status: 'ok',
    facts: settingsFacts(settings),
    advice: null,
    exitCode: EXIT.ok,
  };
  teller.link(link);
  return [link, ...(await walkAll(settings, environment, teller))];
}

/** Nothing that could be secret: no URL as a whole, no connection string. */
function settingsFacts({ databases, queryDatabase, queues }: Settings): string[] {
  const targets = [...databases.values(), ...(queryDatabase ? [queryDatabase] : [])];
  return [
    ...targets.map(
      ({ setting, user, database, host, port }) => `${setting}: ${user} in ${database} on ${host}:${port}.`,
    ),
    `Queues: ${queues.jobs}, ${queues.queries}, ${queues.results}.`,
  ];
}
