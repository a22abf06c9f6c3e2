import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessageText } from '../../../local/functionsHost/queueMessage.ts';

describe('decodeMessageText, base64', () => {
  test('gives back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeMessageText(Buffer.from(bytes).toString('base64'), 'base64')).toEqual(
          Buffer.from(bytes),
        );
      }),
    );
  });

  test('takes white space between the digits, as .NET does', () => {
    expect(decodeMessageText('eyJh\r\nIjox fQ==', 'base64')).toEqual(Buffer.from('{"a":1}'));
  });

  test.each(['{"a":1}', 'abc', 'eyJhIjoxfQ', 'eyJhIjoxfQ=', 'eyJh-_ox', '====', 'ab==cd=='])(
    '"%s" cannot be decoded',
    (text) => {
      expect(decodeMessageText(text, 'base64')).toBeNull();
    },
  );

  test('no text is no bytes', () => {
    expect(decodeMessageText('', 'base64')).toHaveLength(0);
  });
});

test('decodeMessageText, none: the text in UTF-8', () => {
  expect(decodeMessageText('é', 'none')).toEqual(Buffer.from('é'));
});
