import type { Environment, Settings } from '../lib/settings.ts';
import type { ExitCode } from './exitCodes.ts';
import type { Output } from './output/output.ts';

/** What a command is given besides its own arguments. */
export interface Invocation {
  readonly output: Output;
  /** Aborted by Ctrl-C, a kill, or a reader that has gone. */
  readonly signal: AbortSignal;
  /** Where the command was started: the project. */
  readonly directory: string;
  /** What the process got, without what settings files add: for programs that it starts. */
  readonly processEnvironment: Environment;
  /** The command's exit code if it does not throw; 0 until set. */
  exitCode: ExitCode;
  /** The settings, unchecked. @throws CliError for a file that cannot be read */
  environment(): Promise<Environment>;
  /**
   * The settings as the app understands them. `withoutQueues` asks for no storage account: for commands that need
   * none, on a machine that knows the database only.
   * @throws SettingsError, CliError
   */
  settings(need?: 'withQueues' | 'withoutQueues'): Promise<Settings>;
  /**
   * Does work that must clean up after itself: when the signal aborts meanwhile, the process waits for it. Any other
   * work is simply ended.
   */
  holding<T>(work: () => Promise<T>): Promise<T>;
}
