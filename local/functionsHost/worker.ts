/** Stands for the worker process that runs the app's code: it can be lost, and everything in it with it. */
export interface Worker {
  /** Runs an invocation; rejects when it does, or when the worker is lost meanwhile. */
  run(functionName: string, invocation: () => Promise<void>): Promise<void>;
  /** Resolves, with the reason, when an invocation ran longer than functionTimeout. */
  readonly lost: Promise<string>;
}

/**
 * Nothing can interrupt JavaScript that runs too long, so the real host ends the worker process: the invocations
 * beside the late one fail as well, and their messages go back as after any failure.
 *
 * @param timeoutMs null for no limit
 */
export function createWorker(timeoutMs: number | null): Worker {
  const { promise: lost, resolve: lose } = Promise.withResolvers<string>();
  const failed = lost.then((reason) => {
    throw new Error(reason);
  });
  failed.catch(() => {}); // Not every worker has an invocation to tell.
  return {
    lost,
    async run(functionName, invocation) {
      let timer: NodeJS.Timeout | undefined;
      if (timeoutMs !== null) {
        timer = setTimeout(
          () => lose(`${functionName} ran longer than functionTimeout (${timeoutMs / 1000} s)`),
          timeoutMs,
        );
      }
      try {
        await Promise.race([invocation(), failed]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
