import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPrograms } from '../../../daemon/advice/match-program.js';
import { PROGRAM_NAMES, PROGRAMS } from '../../../daemon/advice/programs.js';
import { advise, owner, remedyOf } from '../../builders/advice.js';

describe('the programs', () => {
  it('have a default, a switch and a sample each, and are found when asked for', () => {
    for (const name of PROGRAM_NAMES) {
      const [found, ...others] = findPrograms({ owners: [], program: name });
      expect(others).toEqual([]);
      expect(found).toMatchObject({ name, certainty: 'asked', process: null });
      expect(found?.defaults).not.toBe('');
      expect(found?.switch).not.toBe('');
      expect(found?.code[0]?.code.length).toBeGreaterThan(40);
      const { code, detail } = remedyOf(advise({}, { program: name }), 'keep_alive');
      expect(code?.[0]?.title).toContain(found?.title);
      expect(detail).toContain(found?.switch);
    }
  });

  it.each([
    ['node', 'node', 'known'],
    ['MainThread', 'node', 'likely'],
    ['python3.11', 'python', 'known'],
    ['gunicorn', 'python', 'known'],
    ['dotnet', 'dotnet', 'known'],
    ['nginx', 'nginx', 'known'],
    ['haproxy', 'haproxy', 'known'],
    ['envoy', 'envoy', 'known'],
    ['psql', 'postgresql', 'known'],
    ['php-fpm8.2', 'php', 'known'],
    ['redis-cli', 'shell', 'known'],
    ['java', 'java', 'known'],
  ])('the process %s is %s (%s)', (process, name, certainty) => {
    expect(findPrograms({ owners: [owner(process)], program: null })).toMatchObject([{ name, certainty, process }]);
  });

  it('a process with a name of its own gets generic advice only, and a likely one an "if"', () => {
    const unknown = advise({}, { owners: [owner('checkout-api')] });
    expect(unknown.programs).toEqual([]);
    expect(remedyOf(unknown, 'keep_alive').code).toEqual([]);
    const likely = remedyOf(advise({}, { owners: [owner('MainThread')] }), 'keep_alive');
    expect(likely.code?.[0]?.title).toMatch(/^If this is Node\.js/);
    expect(likely.detail).not.toContain('Node');
  });

  it('hostile names match no program and get into no command', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        'node\n',
        ' node',
        'node;rm -rf /',
        '__proto__',
        'constructor',
        `${'a'.repeat(100_000)}node`,
        '$(go)',
      ),
    );
    const names = new Set(['node', 'nodejs', 'sh', 'java']);
    fc.assert(
      fc.property(hostile, (name) => {
        fc.pre(!names.has(name) && !PROGRAMS.some((known) => known.processes?.test(name)));
        const advice = advise({}, { owners: [owner(name)] });
        expect(advice.programs).toEqual([]);
        const commands = advice.remedies.flatMap(({ commands = [], undo = [], persist = [] }) => [
          ...commands,
          ...undo,
          ...persist,
        ]);
        expect(commands).toEqual(
          advise().remedies.flatMap(({ commands = [], undo = [], persist = [] }) => [...commands, ...undo, ...persist]),
        );
      }),
    );
  });

  it('a namespace with a hostile name is one word for the shell', () => {
    const { commands } = remedyOf(advise({ namespace: "a'; rm -rf / #" }), 'tw_reuse');
    expect(commands).toEqual(["ip netns exec 'a'\\''; rm -rf / #' sysctl -w net.ipv4.tcp_tw_reuse=1"]);
    expect(remedyOf(advise({ namespace: 'blue' }), 'tw_reuse')).toMatchObject({
      commands: ['ip netns exec blue sysctl -w net.ipv4.tcp_tw_reuse=1'],
      persist: [],
      undo: ['ip netns exec blue sysctl -w net.ipv4.tcp_tw_reuse=0'],
    });
  });
});
