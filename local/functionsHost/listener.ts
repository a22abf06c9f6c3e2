/** Something that invokes a function when its trigger says so. */
export interface Listener {
  /** Invokes nothing more from now on. */
  stop(): void;
  /** After stop: resolves when nothing is being invoked any more. */
  drained(): Promise<void>;
  /** Invocations under way. */
  running(): number;
  /** What a queue's listener polls. */
  readonly queueName?: string;
  /** Ends a queue listener's wait for its next poll: there is something in the queue. */
  wake?(): void;
}
