import type { ExitCode } from '../exitCodes.ts';

/** What a check found in a link of the chain. A warning breaks nothing. */
export interface Finding {
  readonly status: 'ok' | 'warning';
  /** What it saw, a sentence each. */
  readonly facts: readonly string[];
  /** With a warning: what to do. */
  readonly advice?: string;
}

/** One link, from the settings to the first row. */
export interface Check<Patient> {
  readonly name: string;
  /** Told before it begins: what may take a while. */
  readonly announcement?: string;
  /** Not for everyone: a Unix socket has no TLS. */
  applies?(patient: Patient): boolean;
  /** @throws Broken, or an error that `explain` knows */
  examine(patient: Patient): Promise<Finding>;
}

/** The link is broken, and what follows hangs on it. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly exitCode: ExitCode;
  /** What to do, in words that can be pasted into a shell where a command does it. */
  readonly advice: string;

  constructor(exitCode: ExitCode, message: string, advice: string) {
    super(message);
    this.exitCode = exitCode;
    this.advice = advice;
  }
}

export const ok = (...facts: string[]): Finding => ({ status: 'ok', facts });
export const warning = (facts: readonly string[], advice: string): Finding => ({
  status: 'warning',
  facts,
  advice,
});
