import { type SetupStep, setupSteps } from '../../lib/ledger/setupSteps.ts';
import { principalSteps } from './principals.ts';
import type { DatabasePlan } from './setupPlan.ts';

/** The whole setup as a script for psql, for a DBA to read and run. */
export function printSetup(plans: readonly DatabasePlan[]): string {
  const parts = plans.flatMap(({ setting, admin, kind, principals, options }) => {
    const forServer = principalSteps(kind, principals);
    return [
      `-- ${setting}: database ${oneLine(admin.database)} on ${oneLine(admin.host)}, as an administrator, with psql`,
      ...(forServer.length === 0 ? [] : ['', '-- in database postgres:', stepsText(forServer)]),
      '',
      `-- in database ${oneLine(admin.database)}:`,
      'BEGIN;',
      stepsText(setupSteps(options)),
      'COMMIT;',
    ];
  });
  return parts.join('\n');
}

const stepsText = (steps: readonly SetupStep[]) =>
  steps.map(({ what, sql }) => `\n-- ${oneLine(what)}\n${sql}`).join('\n');

/** A name may hold a line feed, which would end the comment. */
const oneLine = (text: string) => text.replace(/[\r\n]+/g, ' ');
