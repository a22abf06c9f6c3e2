import { EXIT, type ExitCode } from '../exitCodes.ts';
import { explain } from '../failure.ts';
import { Broken, type Check, type Finding } from './check.ts';

/** One link as it was found. The form of `doctor --json`. */
export interface Link {
  /** The setting whose chain it belongs to. */
  readonly of: string;
  readonly check: string;
  readonly status: Finding['status'] | 'broken';
  readonly facts: readonly string[];
  readonly advice: string | null;
  readonly exitCode: ExitCode;
}

export interface Teller {
  /** A check begins that may take a while. */
  announce(of: string, text: string): void;
  link(link: Link): void;
}

/** Walks one chain to its end, or to the link that is broken. */
export async function walk<Patient>(
  of: string,
  checks: readonly Check<Patient>[],
  patient: Patient,
  teller: Teller,
): Promise<Link[]> {
  const links: Link[] = [];
  for (const check of checks) {
    if (check.applies?.(patient) === false) continue;
    if (check.announcement !== undefined) teller.announce(of, check.announcement);
    const link = await examine(of, check, patient);
    teller.link(link);
    links.push(link);
    if (link.status === 'broken') break;
  }
  return links;
}

async function examine<Patient>(of: string, check: Check<Patient>, patient: Patient): Promise<Link> {
  try {
    const { status, facts, advice = null } = await check.examine(patient);
    return { of, check: check.name, status, facts, advice, exitCode: EXIT.ok };
  } catch (error) {
    return { of, check: check.name, status: 'broken', ...describe(error) };
  }
}

/** The library's errors say in one text what is wrong and what to do. */
export function describe(error: unknown): Pick<Link, 'facts' | 'advice' | 'exitCode'> {
  if (error instanceof Broken)
    return { facts: [error.message], advice: error.advice, exitCode: error.exitCode };
  const { message, exitCode } = explain(error);
  return { facts: [message], advice: null, exitCode };
}
