import { describe, expect, it } from 'vitest';
import { formatProcesses } from '../../../daemon/wire/process-groups.js';

const NOW_MS = 1_000_000;
const processes = (name: string, count: number, confidence: number, seenAtMs?: number) =>
  Array.from({ length: count }, (_, pid) => ({
    pid: pid + 1,
    name,
    confidence,
    ...(seenAtMs === undefined ? {} : { seenAtMs }),
  }));

describe('processes as text', () => {
  it.each([
    ['none', [], ''],
    ['one', processes('psql', 1, 0.82), 'psql (pid 1, 82% of the connections)'],
    ['several of one name', processes('psql', 13, 0.05), 'psql (13 processes, 65% of the connections)'],
    ['those that share sockets', processes('nginx', 4, 1), 'nginx (4 processes, 100% of the connections)'],
    ['earlier owners', processes('curl', 3, 0, NOW_MS - 40_000), 'curl (3 processes, seen 40 s ago)'],
    ['an earlier owner of an unknown time', processes('curl', 1, 0), 'curl (pid 1)'],
    ['as many as are kept', processes('psql', 100, 0, NOW_MS), 'psql (100 or more processes, seen 0 s ago)'],
    [
      'the largest owner first',
      [...processes('a', 2, 0.1), ...processes('b', 1, 0.8)],
      'b (pid 1, 80% of the connections), a (2 processes, 20% of the connections)',
    ],
  ])('groups them by name: %s', (_name, list, text) => {
    expect(formatProcesses(list, { shares: true, nowMs: NOW_MS })).toBe(text);
  });

  it('leaves out shares and times unless they are asked for, and names at most five', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].flatMap((name, index) => processes(name, 1, 0.3 - index / 100));
    expect(formatProcesses(many)).toBe('a (pid 1), b (pid 1), c (pid 1), d (pid 1), e (pid 1), 2 others');
    expect(formatProcesses(many.slice(0, 6))).toMatch(/, 1 other$/);
  });
});
