import { describe, expect, it } from 'vitest';
import { classify, isTransient } from '../../src/lib/database/sqlState.ts';

describe('a SQLSTATE', () => {
  it.each([
    ['40001', 'transient', 'serialization failure'],
    ['40P01', 'transient', 'deadlock'],
    ['40002', 'final', 'a constraint at commit'],
    ['55P03', 'transient', 'a lock that somebody holds'],
    ['25006', 'transient', 'read-only after a failover'],
    ['53100', 'transient', 'disk full'],
    ['53300', 'away', 'too many connections'],
    ['53400', 'final', 'temp_file_limit'],
    ['08006', 'away', 'connection failure'],
    ['08P01', 'final', 'protocol violation'],
    ['57014', 'final', 'cancelled'],
    ['57P01', 'away', 'shutdown by an administrator'],
    ['57P03', 'away', 'starting up'],
    ['57P04', 'final', 'database dropped'],
    ['23505', 'final', 'unique violation'],
    ['42P01', 'final', 'no such table'],
    ['42601', 'final', 'syntax error'],
    ['P0001', 'final', 'RAISE EXCEPTION'],
    ['XX000', 'transient', 'internal error'],
    ['XX001', 'final', 'corrupted data'],
    ['constructor', 'final', 'no code at all'],
  ])('%s is %s: %s', (sqlState, expected) => {
    expect(classify(sqlState)).toBe(expected);
  });

  it('is worth another attempt unless it is final', () => {
    expect(['40001', '57P01', '23505'].map(isTransient)).toEqual([true, true, false]);
  });
});
