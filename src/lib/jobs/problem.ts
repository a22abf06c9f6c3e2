/** Something wrong in a job file, where an editor can jump to it: line and column start at 1. */
export interface Problem {
  /** From the project's root, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A problem of a text that does not know its file: `at` is a UTF-16 offset. */
export interface Finding {
  readonly at: number;
  readonly message: string;
}
