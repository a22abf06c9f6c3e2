/** A queue message as the host handed it over, before anything in it is believed. */
export interface ReceivedMessage {
  readonly queue: string;
  readonly id: string;
  readonly body: Uint8Array;
  /** From 1: how often the host has handed it over. */
  readonly dequeueCount: number;
  readonly insertedAt: Date | null;
}
