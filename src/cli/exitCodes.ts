/**
 * What the command's exit code says. Scripts may rely on it: a number never changes its meaning.
 * 1 to 11 are told apart by what somebody has to do about them.
 */
export const EXIT = {
  /** Done; with --wait, the run or query succeeded. */
  ok: 0,
  /** It was done and the answer is no: the job or query failed, a file has problems, a check found a difference. */
  failed: 1,
  /** The command line is wrong: an unknown option, a value of the wrong type, an unknown job. Nothing was done. */
  usage: 2,
  /** A setting is missing or wrong. */
  settings: 3,
  /** There is no access token: the identity endpoint is away or refuses. */
  identity: 4,
  /** The server cannot be reached (DNS, TCP), or takes no connection at the moment. */
  network: 5,
  /** The server is not proven to be the one that the settings name. */
  tls: 6,
  /** The server answered and refused: the login, a replica, a pooler, too old a version. */
  login: 7,
  /** The ledger's schema or its rights are not what this build needs, or the server refused a statement. */
  schema: 8,
  /** The queues or their storage account: away, refused, missing. */
  storage: 9,
  /** The run or query ended without being run: rejected, skipped, missed, deadlettered. */
  notRun: 10,
  /** No outcome within --timeout. It may still come. */
  noAnswer: 11,
  /** A fault of the command itself. */
  internal: 70,
  /** Ctrl-C, and a kill: 128 and the signal's number, as shells have it. */
  interrupted: 130,
  terminated: 143,
} as const;

/** For the help. */
export const EXIT_CODES = `  0  done; with --wait, it succeeded       7  the server refuses the login
  1  it failed, or a check says no         8  the schema or its rights are wrong
  2  the command line is wrong             9  the queues cannot be used
  3  a setting is missing or wrong        10  rejected, skipped, missed or deadlettered
  4  there is no access token             11  no outcome within --timeout
  5  the server cannot be reached         70  a fault of the command itself
  6  the server is not proven to be it   130  interrupted`;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
