export interface QueueSender {
  /**
   * @param delaySeconds until the message can be received; 0 by default
   * @throws QueueError
   */
  send(queue: string, body: Uint8Array, options?: { readonly delaySeconds?: number }): Promise<void>;
}
