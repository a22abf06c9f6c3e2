import { describe, expect, it } from 'vitest';
import { pathText, problemText } from '../../src/lib/messages/problem.ts';

describe('problemText', () => {
  it.each([
    [{ path: 'parameters.day', message: 'must be a date' }, 'parameters.day: must be a date.'],
    [{ path: '', message: 'The message is empty.' }, 'The message is empty.'],
    [
      { path: 'jobs', message: 'is not a known key. Did you mean "job"?' },
      'jobs: is not a known key. Did you mean "job"?',
    ],
  ])('of %j is a sentence', (problem, text) => {
    expect(problemText(problem)).toBe(text);
  });
});

describe('pathText', () => {
  it.each([
    [[], ''],
    [['parameters', 'day'], 'parameters.day'],
    [['parameters', 2, 'x'], 'parameters[2].x'],
    [['a.b', ''], '["a.b"][""]'],
    [['line\nfeed'], '["line\\nfeed"]'],
  ])('of %j is %s', (path, text) => {
    expect(pathText(path)).toBe(text);
  });
});
