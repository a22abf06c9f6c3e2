/** Where the app says what it does; in Azure, the invocation's log. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
