import { writeFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import { readOptions } from './options.ts';
import { countFindings, report } from './report.ts';
import { run } from './run.ts';

/** Exit codes: 0 every line of the account is 0; 1 one is not; 2 it could not be run. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const say = (line: string) => console.error(line);
  say(`Seed ${options.seed}.`);
  const stop = new AbortController();
  // A second Ctrl-C ends us at once, and every part with us.
  process.once('SIGINT', () => {
    say('Stopping: no more messages and faults. The account follows when all has come to rest.');
    stop.abort();
  });
  // What is told to end at once still takes its folders along.
  process.once('SIGTERM', () => process.exit(143));
  const result = await run(options, say, stop.signal);
  const { findings, figures, log } = result;
  if (options.log !== null) {
    await writeFile(options.log, log.map(({ atMs, pid, line }) => `${atMs} ${pid} ${line}\n`).join(''));
  }
  if (options.json) {
    const { seed, messages, workers } = options;
    console.log(
      JSON.stringify(
        { seed, messages, workers, account: countFindings(findings), figures, findings },
        null,
        2,
      ),
    );
  } else console.log(report(options, result));
  return findings.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    console.error(error);
    process.exitCode = 2;
  }
}
// A worker that did not end, or a socket that did not close, is not to keep us.
process.exit();
