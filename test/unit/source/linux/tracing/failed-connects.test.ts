import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFailureSource } from '../../../../../daemon/source/linux/tracing/failed-connects.js';
import { connectLine, createFakeTracefs, type FakeTracefs } from '../../../../builders/trace-pipe.js';
import { fakeClock, fakeLog } from '../../../../fakes.js';

const PID = 4242;
const INSTANCE = `portcast-${PID}`;
const BIND_SWITCH = 'events/syscalls/sys_exit_bind/enable';
const clock = fakeClock(1_700_000_000_000, 10_309_600);

/** mkdir makes no files in a plain folder, so the files of the instance are there before it is created. */
let tracefs: FakeTracefs;
beforeEach(() => {
  tracefs = createFakeTracefs();
  tracefs.addInstance(INSTANCE);
});
afterEach(() => tracefs.remove());

const start = (setting: 'auto' | 'off' = 'auto') => {
  const log = fakeLog();
  const { root, procRoot } = tracefs;
  return { log, source: startFailureSource({ setting, tracefs: [root], procRoot, pid: PID, clock, log }) };
};
const read = (file: string): string => tracefs.read(INSTANCE, file);
/** Writes events as the kernel does. */
const trace = (text: string): void => appendFileSync(join(tracefs.instance(INSTANCE), 'trace_pipe'), text);

describe('a tracing instance', () => {
  it('filters in the kernel, and has the event for binds off until a bind pool needs it', () => {
    const { source } = start();
    expect(read('trace_clock')).toBe('mono');
    expect(read('events/sock/inet_sock_set_state/filter')).toBe(
      'oldstate == 2 && newstate == 7 && sport == 0 && protocol == 6',
    );
    expect(read('events/sock/inet_sock_set_state/enable')).toBe('1');
    source.readFailures();
    expect(read(BIND_SWITCH)).toBe('');
    source.readFailures(true);
    expect(read('events/syscalls/sys_exit_bind/filter')).toBe('ret == -98');
    expect(read(BIND_SWITCH)).toBe('1');
    source.readFailures(false);
    expect(read(BIND_SWITCH)).toBe('0');
    source.stop();
    expect(read('events/enable')).toBe('0');
  });

  it('counts connects, but no binds, on a kernel without the event for binds', () => {
    rmSync(join(tracefs.instance(INSTANCE), 'events/syscalls'), { recursive: true });
    const { source } = start();
    trace(connectLine());
    expect(source.readFailures(true)).toMatchObject({ offBecause: null, failures: [{ kind: 'connect' }] });
    source.stop();
  });

  it('returns each failure once, with its wall time and the process of the thread', () => {
    tracefs.addThread(10_464, { pid: 10_460, name: 'python3', net: 'net:[1]' });
    tracefs.addThread(10_460, { pid: 10_460, name: 'gunicorn', net: 'net:[1]' });
    const { source } = start();
    expect(source.readFailures().failures).toEqual([]);
    trace(connectLine());
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

  it('leaves out events of another network namespace, and passes on those of threads that it cannot identify', () => {
    tracefs.addThread(1, { pid: 1, name: 'other', net: 'net:[2]' });
    tracefs.addThread(2, { pid: 2, name: 'renamed', net: 'net:[2]' });
    const { source } = start();
    trace(connectLine({ thread: 1, comm: 'other' }));
    trace(connectLine({ thread: 2, comm: 'someone' }));
    trace(connectLine({ thread: 3 }));
    expect(source.readFailures().failures.map(({ pid, name }) => [pid, name])).toEqual([
      [2, 'someone'],
      [3, 'python3'],
    ]);
    source.stop();
  });

  it.each([' spaced', 'a\nb', 'a\rb', '\n', 'x\n '])('identifies a thread with the name %j', (name) => {
    tracefs.addThread(1, { pid: 1, name, net: 'net:[2]' });
    tracefs.addThread(2, { pid: 2, name, net: 'net:[1]' });
    const { source, log } = start();
    trace(connectLine({ thread: 1, comm: name }) + connectLine({ thread: 2, comm: name }));
    expect(source.readFailures().failures).toMatchObject([{ pid: 2, name }]);
    expect(log.lines).toEqual([]);
    source.stop();
  });

  it('names the field without which the event of a kernel cannot be filtered', () => {
    const format = (fields: string[]): string => fields.map((field) => `\tfield:int ${field};\toffset:8;\n`).join('');
    const file = join(tracefs.instance(INSTANCE), 'events/sock/inet_sock_set_state/format');
    writeFileSync(file, format(['oldstate', 'newstate', 'sport']));
    const { source } = start();
    expect(read('events/sock/inet_sock_set_state/filter')).toBe('oldstate == 2 && newstate == 7 && sport == 0');
    source.stop();
    writeFileSync(file, format(['common_pid', 'newstate', 'protocol']));
    expect(start().source.stats().offBecause).toContain('has no field oldstate, sport');
  });

  it('reads a storm of events in bounded parts and loses none of them', () => {
    const { source, log } = start();
    trace(`${connectLine().repeat(6000)}CPU:1 [LOST 9 EVENTS]\n`);
    const [first = NaN, second = NaN] = [source.readFailures(), source.readFailures()].map(
      ({ failures }) => failures.length,
    );
    expect(first).toBeLessThan(5500);
    expect(first + second).toBe(6000);
    expect(source.stats()).toMatchObject({ counted: 6000, lost: 9 });
    expect(log.lines).toHaveLength(1);
    source.stop();
  });

  it('removes the instances of daemons that have ended, and no others', () => {
    const instances = join(tracefs.root, 'instances');
    // Beyond the largest pid that Linux gives.
    const ended = 'portcast-4194305';
    const others = [`portcast-${process.pid}`, 'portcast-x', 'bcc-7'];
    for (const name of [ended, ...others]) mkdirSync(join(instances, name));
    start().source.stop();
    expect(readdirSync(instances).sort()).toEqual([INSTANCE, ...others].sort());
  });

  it.each([
    ['it is switched off', (): void => undefined, 'off', 'switched off by sampling.failures'],
    ['there is no tracefs', () => rmSync(tracefs.root, { recursive: true }), 'auto', 'no tracefs with this event at'],
    [
      'the kernel does not have the event',
      () => rmSync(join(tracefs.instance(INSTANCE), 'events/sock'), { recursive: true }),
      'auto',
      'no tracefs with this event at',
    ],
  ] as const)('is off with the reason when %s', (_, prepare, setting, why) => {
    prepare();
    const { source } = start(setting);
    expect(source.readFailures()).toEqual({ offBecause: expect.stringContaining(why) as string, failures: [] });
    expect(source.stats().offBecause).toContain(why);
    source.stop();
  });

  it('is off with the reason, which is logged once, when tracing breaks', () => {
    const { source, log } = start();
    const bindSwitch = join(tracefs.instance(INSTANCE), BIND_SWITCH);
    rmSync(bindSwitch);
    mkdirSync(bindSwitch);
    expect(source.readFailures(true).offBecause).toContain('tracing ended');
    expect(source.readFailures(true).offBecause).toContain('tracing ended');
    expect(log.lines).toHaveLength(1);
    source.stop();
  });
});
