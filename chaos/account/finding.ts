/** What must never be, and how often it was: each of these has to be 0. */
export const FINDINGS = {
  lost: 'asked for, and without an outcome',
  double: 'effects that came twice, or at the same time as another that they must not meet',
  untold: 'outcomes without an event',
  disagreement: 'events that disagree with the database',
  unexpected: 'outcomes that no fault explains',
  left: 'messages left in queues',
} as const;
export type FindingKind = keyof typeof FINDINGS;

export interface Finding {
  readonly kind: FindingKind;
  /** The request's, where it is about one. */
  readonly token: string | null;
  readonly what: string;
  /** Ids to look for in the workers' logs. */
  readonly ids: readonly string[];
}
