import { describe, expect, it } from 'vitest';
import { JsonText } from '../../src/lib/json.ts';
import { decodeBody } from '../../src/lib/messages/decode.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('decodeBody reads', () => {
  it.each<[string, string, unknown]>([
    ['JSON', '{"job":"close-day"}', { job: 'close-day' }],
    ['JSON with a byte order mark and space around it', '\ufeff {"job":"a"}\r\n', { job: 'a' }],
    ['JSON in base64', base64('{"job":"close-day"}'), { job: 'close-day' }],
    [
      'JSON in base64 without padding',
      base64('{"job":"close-day"} ').replace(/=/g, ''),
      { job: 'close-day' },
    ],
    ['JSON with a byte order mark in base64', base64('\ufeff{"job":"a"}'), { job: 'a' }],
    [
      'base64 in lines of 76',
      base64(`{"job":"${'a'.repeat(99)}"}`).replace(/.{76}/g, '$&\n'),
      { job: 'a'.repeat(99) },
    ],
    ['other scripts', '{"job":"a","runId":"Zürich 東京 🌙"}', { job: 'a', runId: 'Zürich 東京 🌙' }],
    ['an empty object, which has no job', '{}', {}],
    ['a bare name', 'close-day', 'close-day'],
    ['a bare name of a folder', 'billing/close-day', 'billing/close-day'],
    ['a bare name and a line feed, as echo sends it', 'close-day\n', 'close-day'],
    ['a bare name as a JSON string', '"close-day"', 'close-day'],
    ['a bare name in base64', base64('close-day'), 'close-day'],
    ['a bare name in base64 with padding', base64('close-da'), 'close-da'],
    ['a name that is valid base64 too', 'abcd', 'abcd'],
    ['a name that is base64 of a possible name, but in small letters', 'a2tr', 'a2tr'],
    ['a number: JSON goes first', '1234', 1234],
    ['an integer beyond 2^53', '{"n":12345678901234567890}', { n: 12345678901234567890n }],
    [
      'a decimal that no double holds',
      '{"n":1.10000000000000000001}',
      { n: new JsonText('1.10000000000000000001') },
    ],
    ['a hundred levels', `${'['.repeat(100)}${']'.repeat(100)}`, expect.any(Array)],
  ])('%s', (_what, body, value) => {
    expect(decodeBody(utf8(body))).toEqual({ ok: true, value });
  });
});

describe('decodeBody says why it cannot read', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', utf8(''), /^The message is empty\.$/],
    ['only space', utf8(' \r\n'), /^The message is empty\.$/],
    ['a bad byte', new Uint8Array([0x7b, 0x22, 0xff, 0x22]), /not UTF-8: byte 3 of 4 \(0xff\)/],
    [
      'half a character',
      new Uint8Array([0x61, 0xe2, 0x82]),
      /not UTF-8: it ends in the middle of a character/,
    ],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), /not UTF-8: it is UTF-16/],
    ['broken JSON', utf8('{"job": "a", }'), /not valid JSON: .*position 13/],
    ['JSON cut short', utf8('{"job": "a"'), /not valid JSON: /],
    ['two JSON values', utf8('{"job":"a"}{"job":"b"}'), /not valid JSON: .*position 11/],
    ['broken JSON in base64', utf8(base64('{"job": "a", }')), /^In the message's base64: .*not valid JSON/],
    [
      'text that is no name',
      utf8('close the day!'),
      /neither JSON, nor a job's name .*, nor base64 of either/,
    ],
    ['a name with capitals', utf8('CloseDay'), /neither JSON, nor a job's name \(lower-case/],
    ['base64 of text that is no name', utf8(base64('close the day!')), /neither JSON/],
    [
      'base64 of bytes that are no text',
      utf8(Buffer.from([0xff, 0xfe, 0xfd, 0xfc]).toString('base64')),
      /neither JSON/,
    ],
    ['nesting that would exhaust the stack', utf8('['.repeat(40_000)), /more than 100 levels deep/],
    ['such nesting in base64', utf8(base64('['.repeat(30_000))), /^In the message's base64: .*100 levels/],
  ])('%s', (_what, body, reason) => {
    expect(decodeBody(body)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });
});
