import { Option } from 'commander';
import { createIdentity } from '../../lib/database/identity.ts';
import { type Cloud, databaseScope } from '../../lib/database/scope.ts';
import { CliError } from '../cliError.ts';
import type { DefineCommand } from '../commandList.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import { type Claims, ownerText, readClaims } from '../identity/claims.ts';
import type { Invocation } from '../invocation.ts';
import { guid } from '../options/parse.ts';
import { renderRecord } from '../output/table.ts';
import { durationText, timeText, viewerZone } from '../output/time.ts';
import { cloudOf } from '../settings/cloud.ts';

interface Options {
  readonly identity?: string;
  readonly scope?: string;
  readonly cloud?: Cloud;
  readonly decode?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Prints an access token for the database, and nothing else: it is the password. The token is that of the managed ' +
        'identity where there is one, of the workload identity on AKS, else of whoever is logged in (az login).',
    )
    .option(
      '--identity <client id>',
      'a user-assigned identity; by default AZURE_CLIENT_ID, else the system-assigned one',
      guid,
    )
    .option('--scope <scope>', 'what the token is for; by default the database service of the cloud')
    .addOption(
      new Option('--cloud <cloud>', 'by default AZURE_CLOUD, else public').choices([
        'public',
        'usgov',
        'china',
      ]),
    )
    .option('--decode', 'show whose token it is and how long it lives, and never the token')
    .action((options: Options) => token(invocation, options));
  addExamples(command, [
    ['token --decode', 'whose token would it be?'],
    ['token --quiet > /dev/null', 'can I have one? The exit code says so'],
  ]);
};

async function token(invocation: Invocation, options: Options): Promise<void> {
  const { output } = invocation;
  const environment = await invocation.environment();
  const cloud = options.cloud ?? cloudOf(environment);
  const clientId = options.identity ?? (environment['AZURE_CLIENT_ID'] || null);
  const source = createIdentity(environment, cloud).tokens(clientId, options.scope ?? databaseScope(cloud));
  const { token: text } = await source.token();
  const claims = readClaims(text);
  if (options.decode) {
    if (claims === null)
      throw new CliError(EXIT.failed, 'The token is no JWT, so nothing can be said about it.');
    output.print(renderRecord(entries(claims, Date.now()), { width: output.width, colors: output.colors }));
    return;
  }
  if (claims !== null) output.detail(`It is the token of ${ownerText(claims)}.`);
  output.print(text);
}

function entries(claims: Claims, nowMs: number): [string, string][] {
  const all: [string, string | undefined][] = [
    ['owner', ownerText(claims)],
    ['object id', claims.oid],
    ['client id', claims.appid ?? claims.azp],
    ['tenant', claims.tid],
    ['for', claims.aud],
    ['issued by', claims.iss],
    ['issued', claims.iat === undefined ? undefined : timeText(claims.iat * 1000)],
    ['expires', claims.exp === undefined ? undefined : expiryText(claims.exp * 1000, nowMs)],
  ];
  return all.filter((entry): entry is [string, string] => entry[1] !== undefined);
}

function expiryText(expiresMs: number, nowMs: number): string {
  const life = expiresMs - nowMs;
  const left =
    life > 0 ? `in ${durationText(life)}` : `${durationText(-life)} ago, by the clock of this machine`;
  return `${timeText(expiresMs)} ${viewerZone()} (${left})`;
}
