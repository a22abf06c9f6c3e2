import pc from 'picocolors';
import { type Progress, startProgress } from './progress.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** Results go to standard output, all else to standard error, so that a pipe gets results and nothing more. */
export interface Output {
  /** Width of the terminal that shows the results; null when no terminal does, and nothing needs to be cut. */
  readonly width: number | null;
  /** Colours for results, and for what is told beside them; they paint nothing where no colour is wanted. */
  readonly colors: Colors;
  readonly talkColors: Colors;
  /** A result: a line, or several with line feeds between them. */
  print(text: string): void;
  /** Tells how it goes; silent with --quiet. */
  say(text: string): void;
  /** For --verbose only. */
  detail(text: string): void;
  /** What went wrong; --quiet does not silence it. */
  complain(text: string): void;
  /** Something that takes a while: a spinner on a terminal, else a line for each change; silent with --quiet. */
  progress(text: string): Progress;
}

export interface OutputOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** False with --no-color, or NO_COLOR in the environment (no-color.org). */
  readonly color: boolean;
}

/** A pseudo-terminal that nobody has told its size (`docker run -t`, `script`) says 0 columns. */
const UNTOLD_WIDTH = 80;

/** Columns; null where the stream is no terminal. */
export const terminalWidth = ({
  isTTY,
  columns,
}: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): number | null => (isTTY ? columns || UNTOLD_WIDTH : null);

export function createOutput(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  options: OutputOptions,
): Output {
  const tell = (text: string) => void stderr.write(`${text}\n`);
  const talk = options.quiet ? () => {} : tell;
  const talkColors = pc.createColors(options.color && stderr.isTTY);
  return {
    width: terminalWidth(stdout),
    colors: pc.createColors(options.color && stdout.isTTY),
    talkColors,
    print: (text) => void stdout.write(`${text}\n`),
    say: talk,
    detail: options.verbose ? tell : () => {},
    complain: (text) => tell(`${talkColors.red('error:')} ${text}`),
    progress: (text) => startProgress(stderr.isTTY && !options.quiet ? stderr : null, talk, text),
  };
}
