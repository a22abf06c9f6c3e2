import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeJson, JsonText, type JsonValue, jsonDepth, parseJson, toJson } from '../src/lib/json.ts';

describe('parseJson', () => {
  it.each<[string, JsonValue]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-12345678901234567890', -12345678901234567890n],
    ['1.5', 1.5],
    ['1.50', 1.5],
    ['0.1', 0.1],
    ['15e-1', 1.5],
    ['0.0', 0],
    ['1e21', 1e21],
    ['1.10000000000000000001', new JsonText('1.10000000000000000001')],
    ['123456789012345678.5', new JsonText('123456789012345678.5')],
    ['1e400', new JsonText('1e400')],
    ['1e-400', new JsonText('1e-400')],
  ])('reads %s without losing a digit', (text, value) => {
    expect(parseJson(text)).toEqual(value);
    expect(parseJson(`{"a":[${text}]}`)).toEqual({ a: [value] });
  });

  it('keeps __proto__ as a key like any other', () => {
    const value = parseJson('{"__proto__":{"admin":true}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(toJson(value)).toBe('{"__proto__":{"admin":true}}');
  });

  it('takes the last of two equal keys', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
  });
});

describe('toJson', () => {
  it('says what JSON.stringify says of every plain value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // Only -0 differs: JSON.stringify drops its sign.
        expect(toJson(value as JsonValue).replace(/-0(?=[,\]}]|$)/g, '0')).toBe(JSON.stringify(value));
      }),
    );
  });

  it('brings digits of any number back', () => {
    const number = fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{1,40})?([eE][+-]?\d{1,5})?$/);
    fc.assert(
      fc.property(number, (text) => {
        const again = toJson(parseJson(text));
        expect(toJson(parseJson(again))).toBe(again);
        if (Number.isFinite(Number(text))) expect(Number(again)).toBe(Number(text));
      }),
    );
  });

  it('writes bigint, JsonText and -0 as they are and leaves out what is undefined', () => {
    expect(toJson({ a: 2n ** 64n, b: new JsonText('{"x": 1.10}'), c: -0 })).toBe(
      '{"a":18446744073709551616,"b":{"x": 1.10},"c":-0}',
    );
    const message: { job: string; runId?: string } = { job: 'a' };
    expect(toJson({ ...message, runId: undefined } as never)).toBe('{"job":"a"}');
  });
});

describe('encodeJson', () => {
  it('escapes what the XML around a plain message would change', () => {
    const bytes = encodeJson({ text: '\ufffe\uffff', json: new JsonText('{"a":\r\n1}') });
    expect(Buffer.from(bytes).toString()).toBe('{"text":"\\ufffe\\uffff","json":{"a": \n1}}');
  });
});

describe('jsonDepth', () => {
  it('counts nesting, but not brackets in strings', () => {
    expect(jsonDepth('1')).toBe(0);
    expect(jsonDepth('{"a":["[[[","\\"[["]}')).toBe(2);
    expect(jsonDepth('['.repeat(50_000))).toBe(50_000);
  });
});
