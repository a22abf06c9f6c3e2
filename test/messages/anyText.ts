import fc from 'fast-check';

/** Text of any characters, quotes and controls included. (fast-check's own `binary` unit takes seconds to set up.) */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const codePoint = fc
    .oneof(fc.nat(0x7f), fc.nat(0x2fff), fc.nat(0x10_ffff))
    .filter((code) => code < 0xd800 || code > 0xdfff);
  return fc.array(codePoint, { maxLength }).map((codes) => String.fromCodePoint(...codes));
}

/** Such text as PostgreSQL can hold. */
export function storableText(maxLength: number): fc.Arbitrary<string> {
  return anyText(maxLength).map((text) => text.replaceAll('\0', ''));
}
