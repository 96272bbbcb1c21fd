import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFailureSource, type FailureSource } from '../../../../../daemon/source/linux/tracing/failed-connects.js';
import { renderTracingScripts } from '../../../../../daemon/source/linux/tracing/prepared-instance.js';
import { connectLine, createFakeTracefs, type FakeTracefs } from '../../../../builders/trace-pipe.js';
import { fakeClock, fakeLog } from '../../../../fakes.js';

const PID = 4242;
const OWN_INSTANCE = `portcast-${PID}`;
const PREPARED = 'portcast';
const SETTING_FILES = [
  'trace_clock',
  'buffer_size_kb',
  'events/sock/inet_sock_set_state/filter',
  'events/sock/inet_sock_set_state/enable',
  'events/syscalls/sys_exit_bind/filter',
];

let tracefs: FakeTracefs;
beforeEach(() => {
  tracefs = createFakeTracefs();
  tracefs.addInstance(OWN_INSTANCE);
  tracefs.addInstance(PREPARED);
  const { prepare } = renderTracingScripts(String(process.getuid?.()), tracefs.root);
  execFileSync('/bin/sh', ['-c', prepare]);
});
afterEach(() => tracefs.remove());

const start = (prepared: string): FailureSource =>
  startFailureSource({
    setting: 'auto',
    prepared,
    tracefs: [tracefs.root],
    procRoot: tracefs.procRoot,
    pid: PID,
    clock: fakeClock(),
    log: fakeLog(),
  });
const tracePipe = (name: string): string => join(tracefs.instance(name), 'trace_pipe');

describe('the tracing instance that the unit of the service prepares', () => {
  it('has the settings of the instance that the daemon makes itself', () => {
    const source = start('/nonexistent');
    const readSettings = (name: string) => SETTING_FILES.map((file) => tracefs.read(name, file).trimEnd());
    expect(readSettings(PREPARED)).toEqual(readSettings(OWN_INSTANCE));
    expect(readSettings(PREPARED)).not.toContain('');
    source.stop();
  });

  it('is read by the daemon, which switches its binds and does not remove it', () => {
    const source = start(tracefs.instance(PREPARED));
    appendFileSync(tracePipe(PREPARED), connectLine());
    expect(source.readFailures(true)).toMatchObject({ offBecause: null, failures: [{ kind: 'connect' }] });
    expect(tracefs.read(PREPARED, 'events/syscalls/sys_exit_bind/enable')).toBe('1');
    expect(readdirSync(join(tracefs.root, 'instances'))).toEqual([PREPARED, OWN_INSTANCE]);
    source.stop();
    expect(tracefs.read(PREPARED, 'events/enable')).toBe('');
  });

  it('is an empty folder outside of the service, where a root daemon makes an instance of its own', () => {
    rmSync(tracePipe(PREPARED));
    const source = start(tracefs.instance(PREPARED));
    appendFileSync(tracePipe(OWN_INSTANCE), connectLine());
    expect(source.readFailures().failures).toHaveLength(1);
    source.stop();
  });

  it('that cannot be read is the reason why tracing is off: no other instance is tried', () => {
    rmSync(tracePipe(PREPARED));
    symlinkSync('trace_pipe', tracePipe(PREPARED));
    const { offBecause } = start(tracefs.instance(PREPARED)).stats();
    expect(offBecause).toMatch(/^tracing cannot be set up at .*portcast: ELOOP/);
  });
});
