import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitMessages } from '../../src/lib/database/messageLimit.ts';

const message = (type: string, length: number) => {
  const buffer = Buffer.alloc(length + 5, type.toLowerCase());
  buffer.write(type, 0, 'latin1');
  buffer.writeUInt32BE(length + 4, 1);
  return buffer;
};

/** What the parser gets of these messages when they arrive in chunks of these sizes. */
async function passed(messages: Buffer[], chunkSizes: number[], limit: number) {
  const stream = new PassThrough();
  const received: Buffer[] = [];
  const dropped: [string, number][] = [];
  stream.on('data', (chunk: Buffer) => received.push(Buffer.from(chunk)));
  limitMessages(stream, limit, (type, bytes) => dropped.push([type, bytes]));
  const all = Buffer.concat(messages);
  for (let at = 0, i = 0; at < all.length; i++) {
    const size = chunkSizes[i % chunkSizes.length] ?? 1;
    stream.write(all.subarray(at, at + size));
    at += size;
  }
  stream.end();
  const failure = await new Promise<Error | null>((resolve) => {
    stream.on('end', () => resolve(null));
    stream.on('error', resolve);
  });
  return { received: Buffer.concat(received), dropped, failure };
}

describe('the limit on messages', () => {
  it('passes every message within the limit byte for byte and drops the rows beyond it, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ type: fc.constantFrom('D', 'T', 'Z', 'N'), length: fc.integer({ min: 0, max: 60 }) }),
        ),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        async (specs, chunkSizes) => {
          const limit = 45;
          const small = specs.filter(({ type, length }) => length + 5 <= limit || 'DN'.includes(type));
          const messages = small.map(({ type, length }) => message(type, length));
          const { received, dropped, failure } = await passed(messages, chunkSizes, limit);
          expect(failure).toBeNull();
          expect(received).toEqual(Buffer.concat(messages.filter((m) => m.length <= limit)));
          expect(dropped).toHaveLength(messages.filter((m) => m.length > limit).length);
        },
      ),
    );
  });

  it('ends the connection on a message that may not be dropped', async () => {
    const { received, failure } = await passed([message('C', 3), message('E', 100)], [200], 45);
    expect(received).toEqual(message('C', 3));
    expect(failure?.message).toMatch(/message of 105 bytes; 45 is the most/);
  });
});
