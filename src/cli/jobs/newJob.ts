import { CliError } from '../cliError.ts';
import { EXIT } from '../exitCodes.ts';

/** The same rule as for files that are found: lower case, so that no two names are one file on Windows and macOS. */
const SEGMENT = /^[a-z0-9][a-z0-9_-]*$/;
const LONGEST_NAME = 200;

/** @throws CliError for what cannot be a job's name, with a proposal */
export function checkJobName(name: string): void {
  const segments = name.split('/');
  if (segments.every((segment) => SEGMENT.test(segment)) && name.length <= LONGEST_NAME) return;
  const proposal = name
    .toLowerCase()
    .replace(/^jobs\//, '')
    .replace(/\.sql$/, '')
    .split('/')
    .map((segment) => segment.replace(/[^a-z0-9_-]+/g, '-').replace(/^[-_]+|[-_]+$/g, ''))
    .filter((segment) => segment !== '')
    .join('/')
    .slice(0, LONGEST_NAME);
  const hint = proposal === '' ? '' : ` How about "${proposal}"?`;
  throw new CliError(
    EXIT.usage,
    `${JSON.stringify(name)} cannot be a job's name: lower-case letters, digits, - and _ in each part, a letter or digit first, / between folders, ${LONGEST_NAME} characters at most.${hint}`,
  );
}

/** A job file to begin with: it is valid as it stands, runs only when asked, and says what else there is. */
export const newJob = (name: string): string => `-- ---
-- description: What ${name} does, in one sentence.
-- # schedule: "0 2 * * *"            # minute hour day month weekday; without it the job runs when it is asked to
-- # timeZone: Europe/Berlin          # whose clocks the schedule goes by; UTC by default
-- # timeout: 10m
-- # retry: { attempts: 3, backoff: 30s, maxBackoff: 10m }
-- # transaction: false               # only for what cannot run in a transaction, such as VACUUM
-- parameters:
--   day: { type: date, default: yesterday, description: The day to work on. }
-- ---

-- All statements run in one transaction: everything happens once, or not at all.
-- The rows of the last statement that returns any are the run's result.
SELECT nightshift.parameter('day')::date AS day;
`;
