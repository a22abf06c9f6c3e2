import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteOffsets, lineAndColumn, offsetOfCharacter } from '../../src/lib/jobs/position.ts';

test.each([
  ['ab', 0, 1, 1],
  ['ab', 2, 1, 3],
  ['a\nb', 2, 2, 1],
  ['a\r\nb', 3, 2, 1],
  ['a\r\nb', 2, 1, 3],
  ['a\rb', 2, 2, 1],
  ['\n\n', 2, 3, 1],
  ['é😀x', 3, 1, 3],
  ['ab', 99, 1, 3],
])('in %j, offset %i is line %i, column %i', (text, offset, line, column) => {
  expect(lineAndColumn(text, offset)).toEqual({ line, column });
});

const anyText = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\n', ' ') });

test("PostgreSQL's character positions count code points", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const characters = [...text];
      characters.forEach((_, index) => {
        expect(offsetOfCharacter(text, index + 1)).toBe(characters.slice(0, index).join('').length);
      });
    }),
  );
});

test("libpg-query's byte offsets lead to the same place in UTF-16", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const utf16 = byteOffsets(text);
      let bytes = 0;
      let units = 0;
      for (const character of text) {
        expect(utf16(bytes)).toBe(units);
        bytes += Buffer.byteLength(character);
        units += character.length;
      }
      expect(utf16(bytes)).toBe(text.length);
    }),
  );
});
