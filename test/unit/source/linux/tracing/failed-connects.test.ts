import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTraceDecoder } from '../../../../../daemon/source/linux/tracing/trace-pipe.js';
import { startFailureSource } from '../../../../../daemon/source/linux/tracing/failed-connects.js';
import { renderTracingScripts } from '../../../../../daemon/source/linux/tracing/prepared-instance.js';
import { fakeClock, fakeLog } from '../../../../fakes.js';

/** As Linux 6.18 printed them. */
const line = (fields: {
  comm?: string;
  thread?: number;
  at?: string;
  family?: string;
  sport?: number;
  saddr?: string;
  daddr?: string;
  to?: string;
}): string => {
  const { comm = 'python3', thread = 10_464, at = '10309.537832', family = 'AF_INET', sport = 0 } = fields;
  const { saddr = '::ffff:10.77.0.1', daddr = '::ffff:10.77.0.2', to = 'TCP_CLOSE' } = fields;
  return (
    `${comm.padStart(16)}-${thread}   [001] ..... ${at}: inet_sock_set_state: family=${family} protocol=IPPROTO_TCP ` +
    `sport=${sport} dport=7000 saddr=0.0.0.0 daddr=0.0.0.0 saddrv6=${saddr} daddrv6=${daddr} oldstate=TCP_SYN_SENT newstate=${to}\n`
  );
};
const BIND = '         python3-10464   [001] ..... 10310.148490: sys_bind -> 0xffffffffffffff9e\n';
const decode = (text: string) => createTraceDecoder().decode(Buffer.from(text));

describe('the text of trace_pipe', () => {
  it('tells a failed connect: when, whose, from where to where', () => {
    expect(decode(line({}))).toEqual({
      events: [
        {
          kind: 'connect',
          localAddress: '10.77.0.1',
          remoteAddress: '10.77.0.2',
          remotePort: 7000,
          monotonicMs: 10_309_537.832,
          threadId: 10_464,
          threadName: 'python3',
        },
      ],
      lost: 0,
      malformed: 0,
    });
  });

  it.each([
    ['IPv6', { family: 'AF_INET6', saddr: 'fd77::1', daddr: 'fd77:0:0:0:0:0:0:2' }, 'fd77::1', 'fd77::2'],
    ['v4-mapped', { family: 'AF_INET6', saddr: '::ffff:10.77.0.1' }, '10.77.0.1', '10.77.0.2'],
    ['loopback', { family: 'AF_INET6', saddr: '::1', daddr: '::1' }, '::1', '::1'],
  ])('writes addresses as the socket table does: %s', (_, fields, localAddress, remoteAddress) => {
    expect(decode(line(fields)).events).toMatchObject([{ localAddress, remoteAddress }]);
  });

  it.each(['a b-7 [000]', 'x: y', '-1-2', 'ключ', '<...>'])('takes the thread name %s as it is', (comm) => {
    expect(decode(line({ comm })).events).toMatchObject([{ threadName: comm, threadId: 10_464 }]);
  });

  it('tells a failed bind, which shows no address', () => {
    const { events } = decode(BIND);
    expect(events).toMatchObject([{ kind: 'bind', localAddress: null, remoteAddress: null, remotePort: null }]);
    expect(decode(BIND.replace('ffffff9e', 'fffffff3'))).toMatchObject({ events: [], malformed: 1 });
  });

  it('puts lines together that were cut by a read, in the middle of a character too', () => {
    const decoder = createTraceDecoder();
    const bytes = Buffer.from(line({ comm: 'ключ' }) + BIND);
    const events = [...bytes].flatMap((byte) => decoder.decode(Uint8Array.of(byte)).events);
    expect(events.map(({ kind, threadName }) => [kind, threadName])).toEqual([
      ['connect', 'ключ'],
      ['bind', 'python3'],
    ]);
  });

  it('counts what the kernel lost and what it cannot read, and goes on', () => {
    const text = `CPU:1 [LOST 5 EVENTS]\nnonsense\n${line({ sport: 20_000 })}${line({ to: 'TCP_ESTABLISHED' })}${line({ daddr: '::x' })}CPU:0 [LOST EVENTS]\n${line({})}`;
    expect(decode(text)).toMatchObject({ events: [{ kind: 'connect' }], lost: 6, malformed: 4 });
  });

  it('does not wait for the end of a line that has none', () => {
    const decoder = createTraceDecoder();
    for (let chunk = 0; chunk < 100; chunk += 1) decoder.decode(Buffer.alloc(65_536, 'x'));
    expect(decoder.decode(Buffer.from(`\n${line({})}`))).toMatchObject({ events: [{ kind: 'connect' }], malformed: 1 });
  });
});

/** A tracefs of plain files, whose instance is there from the start as real ones come with their files. */
describe('a tracing instance', () => {
  const PID = 4242;
  let root: string;
  const instance = (): string => join(root, 'tracing/instances', `portcast-${PID}`);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const addProcess = (thread: number, process: { pid: number; name: string; net: string }): void => {
    const folder = join(root, 'proc', String(thread));
    put(join(folder, 'comm'), `${process.name}\n`);
    put(join(folder, 'status'), `Name:\t${process.name}\nTgid:\t${process.pid}\n`);
    mkdirSync(join(folder, 'ns'));
    symlinkSync(process.net, join(folder, 'ns/net'));
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'portcast-tracefs-'));
    for (const file of [
      'trace_clock',
      'buffer_size_kb',
      'trace_pipe',
      'events/enable',
      'events/sock/inet_sock_set_state/filter',
      'events/sock/inet_sock_set_state/enable',
      'events/syscalls/sys_exit_bind/filter',
      'events/syscalls/sys_exit_bind/enable',
    ]) {
      put(join(instance(), file), '');
    }
    mkdirSync(join(root, 'proc/thread-self/ns'), { recursive: true });
    symlinkSync('net:[1]', join(root, 'proc/thread-self/ns/net'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const clock = fakeClock(1_700_000_000_000, 10_309_600);
  const start = (setting: 'auto' | 'off' = 'auto') => {
    const log = fakeLog();
    const tracefs = [join(root, 'tracing')];
    return {
      log,
      source: startFailureSource({ setting, tracefs, procRoot: join(root, 'proc'), pid: PID, clock, log }),
    };
  };
  const read = (file: string): string => readFileSync(join(instance(), file), 'utf8');

  it('filters in the kernel, and leaves the event for binds off until a bind pool fills up', () => {
    const { source } = start();
    expect(read('trace_clock')).toBe('mono');
    expect(read('events/sock/inet_sock_set_state/filter')).toBe(
      'oldstate == 2 && newstate == 7 && sport == 0 && protocol == 6',
    );
    expect(read('events/sock/inet_sock_set_state/enable')).toBe('1');
    source.readFailures();
    expect(read('events/syscalls/sys_exit_bind/enable')).toBe('');
    source.readFailures(true);
    expect(read('events/syscalls/sys_exit_bind/filter')).toBe('ret == -98');
    expect(read('events/syscalls/sys_exit_bind/enable')).toBe('1');
    source.readFailures(false);
    expect(read('events/syscalls/sys_exit_bind/enable')).toBe('0');
    source.stop();
    expect(read('events/enable')).toBe('0');
  });

  it('counts binds nowhere on a kernel without that event, and connects all the same', () => {
    rmSync(join(instance(), 'events/syscalls'), { recursive: true });
    const { source } = start();
    appendFileSync(join(instance(), 'trace_pipe'), line({}));
    expect(source.readFailures(true)).toMatchObject({ offBecause: null, failures: [{ kind: 'connect' }] });
    source.stop();
  });

  it('gives each failure once, with its wall time and the process behind the thread', () => {
    addProcess(10_464, { pid: 10_460, name: 'python3', net: 'net:[1]' });
    addProcess(10_460, { pid: 10_460, name: 'gunicorn', net: 'net:[1]' });
    const { source } = start();
    expect(source.readFailures().failures).toEqual([]);
    appendFileSync(join(instance(), 'trace_pipe'), line({}));
    expect(source.readFailures().failures).toEqual([
      {
        atMs: 1_700_000_000_000 - 62,
        kind: 'connect',
        localAddress: '10.77.0.1',
        remoteAddress: '10.77.0.2',
        remotePort: 7000,
        pid: 10_460,
        name: 'gunicorn',
      },
    ]);
    expect(source.readFailures().failures).toEqual([]);
    expect(source.stats()).toEqual({ offBecause: null, counted: 1, lost: 0 });
    source.stop();
  });

  it('leaves out another network namespace, and passes on what it cannot tell', () => {
    addProcess(1, { pid: 1, name: 'other', net: 'net:[2]' });
    addProcess(2, { pid: 2, name: 'renamed', net: 'net:[2]' });
    const { source } = start();
    const lines = [line({ thread: 1, comm: 'other' }), line({ thread: 2, comm: 'someone' }), line({ thread: 3 })];
    appendFileSync(join(instance(), 'trace_pipe'), lines.join(''));
    expect(source.readFailures().failures.map(({ pid, name }) => [pid, name])).toEqual([
      [2, 'someone'],
      [3, 'python3'],
    ]);
    source.stop();
  });

  it('reads a storm in bounded parts and loses none of it', () => {
    const { source, log } = start();
    appendFileSync(join(instance(), 'trace_pipe'), `${line({}).repeat(6000)}CPU:1 [LOST 9 EVENTS]\n`);
    const parts = [source.readFailures(), source.readFailures()].map(({ failures }) => failures.length);
    expect(parts[0]).toBeLessThan(5500);
    expect((parts[0] ?? 0) + (parts[1] ?? 0)).toBe(6000);
    expect(source.stats()).toMatchObject({ counted: 6000, lost: 9 });
    expect(log.lines).toHaveLength(1);
    source.stop();
  });

  it('takes away what a daemon that is gone has left, and nothing of others', () => {
    const instances = join(root, 'tracing/instances');
    // Beyond the largest pid that Linux gives.
    for (const name of ['portcast-4194305', `portcast-${process.pid}`, 'portcast-x', 'bcc-7']) {
      mkdirSync(join(instances, name));
    }
    start().source.stop();
    expect(readdirSync(instances).sort()).toEqual(
      ['bcc-7', `portcast-${PID}`, `portcast-${process.pid}`, 'portcast-x'].sort(),
    );
  });

  it.each([
    ['is switched off', (): void => undefined, 'off', 'switched off by sampling.failures'],
    [
      'has no tracefs',
      () => rmSync(join(root, 'tracing'), { recursive: true }),
      'auto',
      'no tracefs with this event at',
    ],
    [
      'has a kernel without the event',
      () => rmSync(join(instance(), 'events/sock'), { recursive: true }),
      'auto',
      'no tracefs with this event at',
    ],
  ] as const)('says why when it %s', (_, prepare, setting, why) => {
    prepare();
    const { source } = start(setting);
    expect(source.readFailures()).toEqual({ offBecause: expect.stringContaining(why) as string, failures: [] });
    expect(source.stats().offBecause).toContain(why);
    source.stop();
  });

  describe('that the unit of the service prepared', () => {
    const handedOver = (): string => join(root, 'tracing/instances/portcast');
    const PREPARED = ['trace_clock', 'buffer_size_kb', 'events/sock/inet_sock_set_state/filter'];
    const SWITCHED = ['events/sock/inet_sock_set_state/enable', 'events/syscalls/sys_exit_bind/filter'];
    beforeEach(() => {
      cpSync(instance(), handedOver(), { recursive: true });
      const { prepare } = renderTracingScripts(String(process.getuid?.()), join(root, 'tracing'));
      execFileSync('/bin/sh', ['-c', prepare]);
    });
    const startHandedOver = () =>
      startFailureSource({
        ...{ setting: 'auto', prepared: handedOver(), tracefs: [join(root, 'tracing')] },
        ...{ procRoot: join(root, 'proc'), pid: PID, clock, log: fakeLog() },
      });

    it('is set up as the daemon does it itself', () => {
      const { source } = start();
      const text = (folder: string) =>
        [...PREPARED, ...SWITCHED].map((file) => readFileSync(join(folder, file), 'utf8'));
      expect(text(handedOver()).map((line) => line.trimEnd())).toEqual(text(instance()));
      source.stop();
    });

    it('is read, its binds are switched, and it is left to whoever prepared it', () => {
      const source = startHandedOver();
      appendFileSync(join(handedOver(), 'trace_pipe'), line({}));
      expect(source.readFailures(true)).toMatchObject({ offBecause: null, failures: [{ kind: 'connect' }] });
      const binds = () => readFileSync(join(handedOver(), 'events/syscalls/sys_exit_bind/enable'), 'utf8');
      expect(binds()).toBe('1');
      expect(readdirSync(join(root, 'tracing/instances'))).toEqual(['portcast', `portcast-${PID}`]);
      source.stop();
      expect(readFileSync(join(handedOver(), 'events/enable'), 'utf8')).toBe('');
    });

    it('is not there outside of the service, where a root daemon makes its own', () => {
      rmSync(join(handedOver(), 'trace_pipe'));
      const source = startHandedOver();
      appendFileSync(join(instance(), 'trace_pipe'), line({}));
      expect(source.readFailures().failures).toHaveLength(1);
      source.stop();
    });

    it('that cannot be read is said, and no other is tried', () => {
      rmSync(join(handedOver(), 'trace_pipe'));
      symlinkSync('trace_pipe', join(handedOver(), 'trace_pipe'));
      expect(startHandedOver().stats().offBecause).toMatch(/^tracing cannot be set up at .*portcast: ELOOP/);
    });
  });

  it('is off, says so once and goes on when tracing breaks', () => {
    const { source, log } = start();
    rmSync(join(instance(), 'events/syscalls/sys_exit_bind/enable'));
    mkdirSync(join(instance(), 'events/syscalls/sys_exit_bind/enable'));
    expect(source.readFailures(true).offBecause).toContain('tracing ended');
    expect(source.readFailures(true).offBecause).toContain('tracing ended');
    expect(log.lines).toHaveLength(1);
    source.stop();
  });
});
