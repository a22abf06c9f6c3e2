import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/**
 * Nothing tells a process that its parent was killed with SIGKILL (Linux has PR_SET_PDEATHSIG, which Node cannot
 * set), so a detached shell waits beside it: its standard input is a pipe whose other end only the parent holds.
 * The end of that pipe, while the guarded process lives, means that the parent is gone.
 *
 * `exec` keeps the shell's pid ($$): what the caller gets is the process itself, with its own pid, signals and
 * exit code. The double fork gives the watcher to init, so the guarded process has no child that it does not know.
 */
const WATCH_THEN_EXEC = `
exec 3<&0 </dev/null
signal=$1 leftovers=$2
shift 2
ended() {
  kill -0 $$ || return 0
  # Ended, and only waiting for its new parent to notice; other systems than Linux have no such file.
  read -r stat < /proc/$$/stat || return 1
  case $stat in *") Z "*) return 0 ;; *) return 1 ;; esac
}
(
  (
    while read -r line; do :; done <&3
    ended && exit
    kill -s "$signal" $$
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      ended && break
      sleep 0.1
    done
    kill -s KILL $$
    [ -z "$leftovers" ] || rm -rf -- "$leftovers"
  ) >/dev/null 2>&1 &
)
exec 3<&-
exec "$@"
`;

export interface GuardOptions extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  /** What ends the process when the parent is gone; SIGKILL follows 2 s later. @default 'TERM' */
  readonly signal?: 'TERM' | 'INT' | 'QUIT' | 'KILL';
  /** A directory to remove when the parent is gone, after the process has ended. */
  readonly leftovers?: string;
}

/**
 * Starts a program that ends when this process ends, however that comes about. It runs in a session of its own,
 * so that Ctrl-C in a terminal reaches only the parent, which stops its parts in order. Standard output and error
 * are pipes; standard input is empty. Needs a POSIX `sh`.
 */
export function startGuarded(
  command: string,
  args: readonly string[],
  options: GuardOptions = {},
): ChildProcess {
  const { signal = 'TERM', leftovers = '', ...rest } = options;
  return spawn('/bin/sh', ['-c', WATCH_THEN_EXEC, 'guard', signal, leftovers, command, ...args], {
    ...rest,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
