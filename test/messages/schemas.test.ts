import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../scripts/schemas.ts';

const folder = new URL('../../docs/schemas/', import.meta.url);

describe('docs/schemas', () => {
  it('holds what the code says; `npm run schemas` writes it anew', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    const written = Object.fromEntries(
      files.map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]),
    );
    expect(written).toEqual(jsonSchemas());
  });
});
