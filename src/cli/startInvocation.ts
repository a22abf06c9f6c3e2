import { EXIT, type ExitCode } from './exitCodes.ts';
import type { Invocation } from './invocation.ts';
import { createOutput, type Output } from './output/output.ts';
import { findSettings } from './settings/environment.ts';

/** The options that every command has. */
export interface CommonOptions {
  readonly settings: string | null;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

const DEFAULTS: CommonOptions = { settings: null, quiet: false, verbose: false, color: true };

export interface StartedInvocation extends Invocation {
  /** Told as soon as the command line is read, before the command begins. */
  configure(options: CommonOptions): void;
  /** Whether something is under way that must clean up. */
  isHolding(): boolean;
}

export function startInvocation(process: NodeJS.Process, signal: AbortSignal): StartedInvocation {
  const processEnvironment = { ...process.env };
  const noColor = Boolean(processEnvironment['NO_COLOR']);
  const outputFor = (options: CommonOptions): Output =>
    createOutput(process.stdout, process.stderr, { ...options, color: options.color && !noColor });

  let common = DEFAULTS;
  let output = outputFor(common);
  let held = 0;
  let environment: ReturnType<Invocation['environment']> | undefined;

  const readEnvironment = async () => {
    const found = await findSettings(processEnvironment, process.cwd(), common.settings);
    output.detail(`Settings come from ${found.sources.join(', then ')}.`);
    // @azure/identity looks for the identity in the process's environment and nowhere else.
    for (const [name, value] of Object.entries(found.environment)) {
      if (/^(AZURE|IDENTITY|MSI)_/.test(name) && value !== undefined) process.env[name] = value;
    }
    return found.environment;
  };

  const exitCode: ExitCode = EXIT.ok;
  const invocation: StartedInvocation = {
    get output() {
      return output;
    },
    signal,
    directory: process.cwd(),
    processEnvironment,
    exitCode,
    configure(options) {
      common = options;
      output = outputFor(options);
    },
    environment() {
      environment ??= readEnvironment();
      return environment;
    },
    async settings(need = 'withQueues') {
      const { parseSettings } = await import('../lib/settings.ts');
      const environment = await invocation.environment();
      const isKnown = Object.keys(environment).some((name) => name.startsWith('JobsStorage'));
      return parseSettings(
        need === 'withQueues' || isKnown
          ? environment
          : { ...environment, JobsStorage: 'UseDevelopmentStorage=true' },
      );
    },
    async holding(work) {
      held++;
      try {
        return await work();
      } finally {
        held--;
      }
    },
    isHolding: () => held > 0,
  };
  return invocation;
}
