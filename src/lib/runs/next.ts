/** What is left to do once the database knows all it should. */
export type Next =
  /** `known`: the run had ended before this delivery came. */
  | { readonly do: 'publish'; readonly event: Uint8Array; readonly known?: true }
  /** The message goes back to the queue: as another attempt, or as the same one to look again later. */
  | {
      readonly do: 'requeue';
      readonly attempt: number;
      readonly delaySeconds: number;
      readonly why: string;
      /** Nobody answered: the next wait for an answer is longer. Otherwise it begins anew. */
      readonly away?: true;
    }
  /** The run id was used for another job, database or parameters. */
  | { readonly do: 'reject' };
