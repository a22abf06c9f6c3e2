import type { Duplex } from 'node:stream';

/** Bytes of one row (or COPY or NOTICE message). PostgreSQL allows a gigabyte; a string of Node's holds half of that. */
export const LONGEST_MESSAGE = 16 * 1024 * 1024;

const HEADER = 5;
const DATA_ROW = 0x44;
const COPY_DATA = 0x64;
const NOTICE = 0x4e;
const DROPPABLE = [DATA_ROW, COPY_DATA, NOTICE];

/**
 * Keeps messages that are too long from pg's parser, which would gather them whole in memory and throw where nobody
 * can catch it. A row, a COPY chunk or a notice is left out and `onDropped` is told; anything else (an error of that
 * size) ends the connection. Call it when the stream carries nothing but the server's messages, before the first.
 */
export function limitMessages(
  stream: Duplex,
  limit: number,
  onDropped: (type: 'row' | 'copy' | 'notice', bytes: number) => void,
): void {
  const [parse] = stream.listeners('data');
  if (!parse) throw new Error('pg does not listen to its stream: this version works in another way.');
  stream.removeAllListeners('data');
  const pass = (data: Buffer) => {
    if (data.length > 0) parse.call(stream, data);
  };

  let header: Buffer = Buffer.alloc(0);
  let passing = 0;
  let dropping = 0;

  stream.on('data', (chunk: Buffer) => {
    const data = header.length > 0 ? Buffer.concat([header, chunk]) : chunk;
    header = Buffer.alloc(0);
    let at = Math.min(passing + dropping, data.length);
    let from = dropping > 0 ? at : 0;
    if (dropping > 0) dropping -= at;
    else passing -= at;

    while (passing === 0 && dropping === 0 && data.length - at >= HEADER) {
      // The length counts itself, but not the type's byte before it.
      const bytes = data.readUInt32BE(at + 1) + 1;
      const rest = Math.min(bytes, data.length - at);
      if (bytes <= limit) {
        passing = bytes - rest;
      } else {
        const type = data[at] ?? 0;
        pass(data.subarray(from, at));
        if (!DROPPABLE.includes(type)) {
          stream.destroy(new Error(`The server sent a message of ${bytes} bytes; ${limit} is the most.`));
          return;
        }
        onDropped(type === DATA_ROW ? 'row' : type === COPY_DATA ? 'copy' : 'notice', bytes);
        dropping = bytes - rest;
        from = at + rest;
      }
      at += rest;
    }
    // A header that has not arrived whole waits for the next chunk.
    if (passing === 0 && dropping === 0) header = data.subarray(at);
    pass(data.subarray(from, at));
  });
}
