/** Tokens for one identity and one scope. Share it: what it saves, it saves for everyone who shares it. */
export interface TokenSource {
  /**
   * A token that is valid now.
   * @throws TokenError if there is none and none can be had.
   */
  token(): Promise<string>;
  /**
   * A token in place of one that a server has rejected. The same one comes back if there is no better.
   * @throws TokenError if none can be had.
   */
  replace(rejected: string): Promise<string>;
}
