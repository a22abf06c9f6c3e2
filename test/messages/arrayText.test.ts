import { describe, expect, it } from 'vitest';
import { type ArrayElements, parseArrayText } from '../../src/lib/messages/arrayText.ts';

describe('parseArrayText', () => {
  it.each<[string, ArrayElements]>([
    ['{}', []],
    ['{1,2}', ['1', '2']],
    ['{NULL,"NULL",null}', [null, 'NULL', 'null']],
    [
      '{{a,b},{c,NULL}}',
      [
        ['a', 'b'],
        ['c', null],
      ],
    ],
    ['{"with \\"quotes\\"","back\\\\slash","{,}",""}', ['with "quotes"', 'back\\slash', '{,}', '']],
    ['{"two\nlines"}', ['two\nlines']],
    ['[0:1]={1,2}', ['1', '2']],
    ['[-1:0][2:2]={{1},{2}}', [['1'], ['2']]],
  ])('reads %s', (text, elements) => {
    expect(parseArrayText(text, ',')).toEqual(elements);
  });

  it('reads boxes, which a semicolon parts', () => {
    expect(parseArrayText('{(1,1),(0,0);(2,2),(1,1)}', ';')).toEqual(['(1,1),(0,0)', '(2,2),(1,1)']);
  });

  it.each(['', '1', '{', '{1', '{1,', '{1,}', '{,1}', '{1}x', '{"a}', '{a"b"}', '{{1}', '[0:1]', '{1;2}{'])(
    'refuses %s',
    (text) => {
      expect(parseArrayText(text, ',')).toBeNull();
    },
  );

  it('reads a long quoted element', () => {
    const long = 'a\\"'.repeat(300_000);
    expect(parseArrayText(`{"${long}"}`, ',')).toEqual(['a"'.repeat(300_000)]);
  });
});
