import { Option } from 'commander';
import { createDatabase, type Database } from '../../lib/database/connection.ts';
import type { DatabaseTarget } from '../../lib/database/databaseUrl.ts';
import { createIdentity } from '../../lib/database/identity.ts';
import { databaseScope } from '../../lib/database/scope.ts';
import { SCHEMA_VERSION } from '../../lib/ledger/migrations.ts';
import { CliError } from '../cliError.ts';
import type { DefineCommand } from '../commandList.ts';
import { withConnections } from '../connections.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import type { Invocation } from '../invocation.ts';
import { guid } from '../options/parse.ts';
import { visible } from '../output/visible.ts';
import { cloudOf } from '../settings/cloud.ts';
import { checkSetup } from '../setup/checkSetup.ts';
import { printSetup } from '../setup/printSetup.ts';
import { createQueues, queueNames } from '../setup/queues.ts';
import { runSetup } from '../setup/runSetup.ts';
import { SERVER_KINDS } from '../setup/serverKind.ts';
import { type DatabasePlan, planSetup, type SetupChoices } from '../setup/setupPlan.ts';

interface Options extends SetupChoices {
  readonly print?: true;
  readonly check?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Creates what the app needs, and completes what is there: its logins, the schema nightshift and the rights on it in ' +
        'each configured database, and the queues. Safe to repeat, and to run from two places at once.\n\n' +
        "The admin's address is the setting SETUP_DATABASE_URL (SETUP_DATABASE_URL_<NAME> for DATABASE_URL_<NAME>), never an\n" +
        "option, as it may hold a password. Without it DATABASE_URL's own login must be an administrator.",
    )
    .option('--app-login <name>', "the login of the app's identity; by default DATABASE_URL's user")
    .option(
      '--query-login <name>',
      "the login of ad-hoc queries; by default QUERY_DATABASE_URL's user, else none",
    )
    .option(
      '--app-object-id <guid>',
      "the app identity's object id, where its name alone is not unique",
      guid,
    )
    .option('--query-object-id <guid>', "the query identity's object id", guid)
    .addOption(
      new Option('--server <kind>', 'the kind of server; by default guessed from its name').choices(
        SERVER_KINDS,
      ),
    )
    .option('--print', 'run nothing: print the SQL for an administrator')
    .option(
      '--check',
      'change nothing: tell what is not as setup would make it; the exit code is 1 if anything is',
    )
    .action((options: Options) => setup(invocation, options));
  addExamples(command, [
    ['setup', 'everything, as the settings say'],
    ['setup --print --app-login my-function-app > setup.sql', 'a script for whoever administers the server'],
  ]);
};

async function setup(invocation: Invocation, options: Options): Promise<void> {
  const environment = await invocation.environment();
  const plans = planSetup(environment, options);
  const { output } = invocation;
  if (options.print) return output.print(printSetup(plans));

  if (plans.some(({ kind }) => kind === 'single')) {
    throw new CliError(
      EXIT.usage,
      'Single Server was retired on 2025-03-28, and setup does not change one. --print writes the statements down.',
    );
  }
  if (options.check) return check(invocation, plans);
  for (const plan of plans) await setUpDatabase(invocation, plan);
  await setUpQueues(invocation);
}

/** Opens databases as the admin: a person or a pipeline, whoever is logged in, and not one of the app's identities. */
async function adminOpener(invocation: Invocation): Promise<(target: DatabaseTarget) => Database> {
  const environment = await invocation.environment();
  const cloud = cloudOf(environment);
  const tokens = createIdentity(environment, cloud).tokens(null, databaseScope(cloud));
  return (target) => createDatabase(target, { tokens, maxConnections: 1 });
}

async function check(invocation: Invocation, plans: readonly DatabasePlan[]): Promise<void> {
  const { output } = invocation;
  const open = await adminOpener(invocation);
  for (const plan of plans) {
    const database = open(plan.admin);
    const found = await database
      .withConnection((connection) => checkSetup(connection, plan))
      .finally(() => database.close());
    for (const difference of found) output.print(visible(`${plan.setting}: ${difference}`));
    if (found.length > 0) invocation.exitCode = EXIT.failed;
    else output.say(visible(`${plan.setting}: database ${plan.admin.database} is as it should be.`));
  }
  if (invocation.exitCode !== EXIT.ok)
    output.say('Run npx nightshift setup without --check to set right what it can.');
}

async function setUpDatabase(invocation: Invocation, plan: DatabasePlan): Promise<void> {
  const { output } = invocation;
  const { appLogin, queryLogin } = plan.options;
  output.say(
    output.talkColors.bold(
      visible(`${plan.setting}: database ${plan.admin.database}, as ${plan.admin.user}`),
    ),
  );
  await runSetup(plan, await adminOpener(invocation), output);
  const queries = queryLogin === null ? '' : `, query login ${queryLogin}`;
  output.print(
    visible(
      `Database ${plan.admin.database} is ready: schema version ${SCHEMA_VERSION}, login ${appLogin}${queries}.`,
    ),
  );
  for (const { login, usesPassword } of plan.principals) {
    if (usesPassword)
      output.say(
        visible(`${login} logs in with a password. If it has none yet, in psql: \\password "${login}"`),
      );
  }
  if (queryLogin !== null) {
    output.say(
      visible(
        `Grant ${queryLogin} what queries may read, for example: GRANT SELECT ON orders TO "${queryLogin}";`,
      ),
    );
  }
}

/** A DBA's machine has the database's address and not the storage account's; then the queues are somebody else's task. */
async function setUpQueues(invocation: Invocation): Promise<void> {
  const environment = await invocation.environment();
  if (!environment['JobsStorage'] && !environment['JobsStorage__queueServiceUri']) {
    invocation.output.say('No storage account is configured here (JobsStorage): the queues were left alone.');
    return;
  }
  await withConnections(invocation, async ({ settings, queues }) => {
    const names = queueNames(settings.queues);
    const created = await createQueues(await queues(), names);
    const what = created.length === 0 ? 'were all there' : `created: ${created.join(', ')}`;
    invocation.output.print(`Queues ${what}.`);
  });
}
